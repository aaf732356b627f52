use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};
use tegu_testkit::proxy::{Direction, Fault, Proxy};

/// A server that sends back what it gets.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(count @ 1..) = stream.read(&mut buffer) {
                    if stream.write_all(&buffer[..count]).is_err() {
                        return;
                    }
                }
            });
        }
    });
    addr
}

/// Sends `data`, ends its own side, and returns what came back until the end.
fn exchange(proxy: &Proxy, data: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(proxy.addr()).unwrap();
    let mut sending = stream.try_clone().unwrap();
    let data = data.to_vec();
    let sender = thread::spawn(move || {
        let _ = sending.write_all(&data);
        let _ = sending.shutdown(Shutdown::Write);
    });
    let mut back = Vec::new();
    let _ = stream.read_to_end(&mut back);
    sender.join().unwrap();
    back
}

#[test]
fn passes_everything_and_counts() {
    let proxy = Proxy::start(echo(), Fault::None);
    let data: Vec<u8> = (0..1_000_000u32).map(|i| i.to_le_bytes()[1]).collect();
    assert_eq!(exchange(&proxy, &data), data);
    assert_eq!(exchange(&proxy, b"x"), b"x");
    assert_eq!(
        (
            proxy.connections(),
            proxy.bytes_to_server(),
            proxy.bytes_to_client()
        ),
        (2, 1_000_001, 1_000_001)
    );
}

#[test]
fn cuts_after_exactly_so_many_bytes() {
    let proxy = Proxy::start(
        echo(),
        Fault::CutAfter {
            bytes: 100_003,
            direction: Direction::ToClient,
        },
    );
    let data = vec![7; 300_000];
    assert_eq!(exchange(&proxy, &data).len(), 100_003);
    assert_eq!(proxy.bytes_to_client(), 100_003);
    proxy.set(Fault::CutAfter {
        bytes: 10,
        direction: Direction::ToServer,
    });
    assert!(exchange(&proxy, &data).len() <= 10);
    assert_eq!(exchange(&proxy, b"123456789"), b"123456789");
    proxy.set(Fault::None);
    assert_eq!(exchange(&proxy, &data), data);
}

#[test]
fn delays_each_way_without_narrowing() {
    let proxy = Proxy::start(echo(), Fault::Delay(Duration::from_millis(100)));
    let start = Instant::now();
    let data = vec![1; 2_000_000];
    assert_eq!(exchange(&proxy, &data).len(), data.len());
    let took = start.elapsed();
    // Each 64 KiB piece held up by those before it would take 6 s.
    assert!(
        took >= Duration::from_millis(200) && took < Duration::from_secs(3),
        "{took:?}"
    );
}

#[test]
fn damages_only_what_it_was_told_to() {
    let fault = Fault::Garbage {
        offset: 3,
        bytes: b"XY".to_vec(),
        direction: Direction::ToClient,
    };
    let proxy = Proxy::start(echo(), fault);
    assert_eq!(exchange(&proxy, b"abcdefgh"), b"abcXYfgh");
    assert_eq!(exchange(&proxy, b"abcd"), b"abcX");
    proxy.set(Fault::Garbage {
        offset: 0,
        bytes: b"!".to_vec(),
        direction: Direction::ToServer,
    });
    assert_eq!(exchange(&proxy, b"abcd"), b"!bcd");
}

#[test]
fn a_black_hole_keeps_the_connection_and_the_bytes() {
    let proxy = Proxy::start(echo(), Fault::None);
    let mut stream = TcpStream::connect(proxy.addr()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut byte = [0];
    stream.write_all(b"a").unwrap();
    stream.read_exact(&mut byte).unwrap();
    proxy.set(Fault::BlackHole);
    stream.write_all(b"b").unwrap();
    let silence = stream.read(&mut byte).unwrap_err();
    assert_eq!(silence.kind(), std::io::ErrorKind::WouldBlock);
    assert_eq!((proxy.open(), proxy.bytes_to_server()), (1, 1));
    proxy.cut_all();
    assert_eq!(stream.read(&mut byte).unwrap_or(0), 0);
}

#[test]
fn throttles() {
    let proxy = Proxy::start(echo(), Fault::Throttle(200_000));
    let start = Instant::now();
    assert_eq!(exchange(&proxy, &[0; 100_000]).len(), 100_000);
    assert!(
        start.elapsed() >= Duration::from_millis(450),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn refuses_and_recovers_and_gives_its_port_back() {
    let proxy = Proxy::start(echo(), Fault::Refuse);
    assert_eq!(exchange(&proxy, b"x"), b"");
    proxy.set(Fault::None);
    assert_eq!(exchange(&proxy, b"x"), b"x");
    assert_eq!(proxy.connections(), 2);
    let addr = proxy.addr();
    drop(proxy);
    let deadline = Instant::now() + Duration::from_secs(5);
    while TcpStream::connect(addr).is_ok() {
        assert!(Instant::now() < deadline, "still listening");
        thread::sleep(Duration::from_millis(10));
    }
}
