//! The tables, and how they came to be: one step for each version.

use super::Fault;
use tokio_postgres::GenericClient;

/// The version after step n is n. `{s}` is the schema.
const STEPS: &[&str] = &[VERSION_1, VERSION_2, VERSION_3];

const VERSION_1: &str = "
    CREATE TABLE {s}.migrations (
        name text COLLATE \"C\" PRIMARY KEY,
        plan text NOT NULL,
        pass bigint NOT NULL
    );
    CREATE TABLE {s}.jobs (
        migration text COLLATE \"C\" NOT NULL REFERENCES {s}.migrations (name) ON DELETE CASCADE,
        entity text COLLATE \"C\" NOT NULL,
        account text COLLATE \"C\" NOT NULL,
        job text NOT NULL,
        state text COLLATE \"C\" NOT NULL,
        place bigint NOT NULL,
        pass bigint NOT NULL,
        epoch bigint NOT NULL DEFAULT 0,
        attempts integer NOT NULL DEFAULT 0,
        worker text,
        lease_until timestamptz,
        not_before timestamptz NOT NULL DEFAULT now(),
        error text,
        summary bytea,
        PRIMARY KEY (migration, entity, account)
    ) WITH (fillfactor = 70);
    CREATE INDEX jobs_left ON {s}.jobs (migration, pass, place) WHERE state IN ('ready', 'leased');
    CREATE TABLE {s}.books (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        migration text COLLATE \"C\" NOT NULL,
        entity text COLLATE \"C\" NOT NULL,
        account text COLLATE \"C\" NOT NULL,
        kind text COLLATE \"C\" NOT NULL,
        name bytea NOT NULL,
        UNIQUE (migration, entity, account, kind, name),
        FOREIGN KEY (migration, entity, account) REFERENCES {s}.jobs ON DELETE CASCADE
    );
    CREATE TABLE {s}.pages (
        book bigint NOT NULL REFERENCES {s}.books (id) ON DELETE CASCADE,
        number bigint GENERATED ALWAYS AS IDENTITY,
        octets bytea NOT NULL,
        PRIMARY KEY (book, number)
    );
";

/// Jobs had the account in them and logs were called books. An index cannot hold a name of more than about 2,700 octets, so logs
/// are found by its digest.
const VERSION_2: &str = "
    ALTER TABLE {s}.migrations RENAME COLUMN plan TO fingerprint;
    ALTER TABLE {s}.jobs RENAME COLUMN entity TO kind;
    ALTER TABLE {s}.jobs RENAME COLUMN job TO payload;
    UPDATE {s}.jobs SET payload = (payload::json -> 'account')::text;
    ALTER TABLE {s}.books RENAME TO logs;
    ALTER TABLE {s}.logs RENAME COLUMN kind TO log_kind;
    ALTER TABLE {s}.logs RENAME COLUMN entity TO kind;
    ALTER TABLE {s}.logs DROP CONSTRAINT books_migration_entity_account_kind_name_key;
    CREATE UNIQUE INDEX logs_by_name ON {s}.logs (migration, kind, account, log_kind, sha256(name));
    ALTER TABLE {s}.pages RENAME COLUMN book TO log;
";

/// Records know of doubts. The number alone changes, so that earlier programs refuse what they cannot read.
const VERSION_3: &str = "";

/// Makes the tables, or upgrades them, in one process at a time.
pub(super) async fn prepare(client: &mut deadpool_postgres::Client, schema: &str) -> Result<(), Fault> {
    let transaction = client.transaction().await?;
    // A number that no other program uses.
    transaction
        .execute("SELECT pg_advisory_xact_lock(7308895157651107188)", &[])
        .await?;
    let exists = "SELECT 1 FROM pg_namespace WHERE nspname = $1";
    let version = if transaction.query_opt(exists, &[&schema]).await?.is_none() {
        transaction
            .batch_execute(&format!("CREATE SCHEMA {schema}"))
            .await?;
        0
    } else {
        version(&*transaction, schema).await?
    };
    let newest = STEPS.len();
    if version > newest {
        return Err(Fault::Foreign(format!(
            "its stored form is version {version}, this program reads up to {newest}"
        )));
    }
    for step in STEPS.get(version..).unwrap_or_default() {
        transaction.batch_execute(&step.replace("{s}", schema)).await?;
    }
    if version < newest {
        let note = format!(
            "CREATE TABLE IF NOT EXISTS {schema}.tegu_migrate (version integer NOT NULL);
             DELETE FROM {schema}.tegu_migrate; INSERT INTO {schema}.tegu_migrate VALUES ({newest})"
        );
        transaction.batch_execute(&note).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Returns the version of a schema that exists; 0 if it is empty.
async fn version(client: &impl GenericClient, schema: &str) -> Result<usize, Fault> {
    let tables = client
        .query(
            "SELECT tablename::text FROM pg_tables WHERE schemaname = $1",
            &[&schema],
        )
        .await?;
    let names = tables
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<Vec<String>, _>>()?;
    if names.is_empty() {
        return Ok(0);
    }
    if !names.iter().any(|name| name == "tegu_migrate") {
        return Err(Fault::Foreign(format!(
            "the schema {schema} is another program's"
        )));
    }
    let row = client
        .query_one(&format!("SELECT version FROM {schema}.tegu_migrate"), &[])
        .await?;
    let version: i32 = row.try_get(0)?;
    usize::try_from(version).map_err(|_| Fault::Foreign(format!("its stored form is version {version}")))
}
