use tegu_testkit::{Postgres, skip_servers};

#[test]
fn postgres_answers_and_comes_back_after_a_crash() {
    if skip_servers() {
        return;
    }
    let mut server = Postgres::start();
    server.sql("tegu", "CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2)");
    assert_eq!(
        server.sql("tegu", "SELECT n, n * 2 FROM t ORDER BY n"),
        "1|2\n2|4\n"
    );
    server.crash_and_restart();
    assert_eq!(server.sql("tegu", "SELECT current_user"), "tegu\n");
}
