//! What the database is asked, with the schema's name in it.

/// Statements. `$1` is the migration.
pub(super) struct Statements {
    pub(super) know_migration: String,
    pub(super) lock_migration: String,
    pub(super) at_work: String,
    pub(super) set_pass: String,
    pub(super) add_jobs: String,
    pub(super) claim: String,
    pub(super) next_due: String,
    pub(super) renew: String,
    pub(super) finish: String,
    pub(super) jobs: String,
    pub(super) append: String,
    pub(super) read: String,
    pub(super) books: String,
}

impl Statements {
    pub(super) fn new(schema: &str) -> Self {
        let of = |text: &str| text.replace("{s}", schema);
        Self {
            know_migration: of(
                "INSERT INTO {s}.migrations (name, plan, pass) VALUES ($1, '', 0) ON CONFLICT DO NOTHING",
            ),
            lock_migration: of("SELECT plan, pass FROM {s}.migrations WHERE name = $1 FOR UPDATE"),
            at_work: of(
                "SELECT EXISTS (SELECT 1 FROM {s}.jobs
                     WHERE migration = $1 AND state = 'leased' AND lease_until > now()),
                 EXISTS (SELECT 1 FROM {s}.jobs
                     WHERE migration = $1 AND pass = $2 AND state IN ('ready', 'leased'))",
            ),
            set_pass: of("UPDATE {s}.migrations SET plan = $2, pass = $3 WHERE name = $1"),
            add_jobs: of(
                "INSERT INTO {s}.jobs AS old (migration, entity, account, job, state, place, pass)
                 SELECT $1, entity, account, job, 'ready', number
                     + coalesce((SELECT max(place) FROM {s}.jobs WHERE migration = $1), 0), $2
                 FROM unnest($3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS new (entity, account, job, number)
                 ON CONFLICT (migration, entity, account) DO UPDATE
                 SET job = excluded.job, state = 'ready', place = excluded.place, pass = excluded.pass,
                     attempts = 0, worker = NULL, error = NULL, not_before = now()
                 WHERE old.pass <> excluded.pass OR (old.state = 'failed' AND NOT $6)",
            ),
            claim: of(
                "WITH next AS (
                     SELECT entity, account FROM {s}.jobs
                     WHERE migration = $1 AND pass = (SELECT pass FROM {s}.migrations WHERE name = $1)
                       AND state IN ('ready', 'leased')
                       AND (state = 'ready' AND not_before <= now() OR state = 'leased' AND lease_until <= now())
                     ORDER BY place LIMIT 1 FOR UPDATE SKIP LOCKED)
                 UPDATE {s}.jobs AS job
                 SET state = 'leased', epoch = epoch + 1, attempts = attempts + 1, worker = $2,
                     lease_until = now() + make_interval(secs => $3)
                 FROM next WHERE job.migration = $1 AND job.entity = next.entity AND job.account = next.account
                 RETURNING job.job, job.epoch, job.attempts",
            ),
            next_due: of(
                "SELECT extract(epoch FROM min(CASE state WHEN 'ready' THEN not_before ELSE lease_until END)
                     - now())::float8
                 FROM {s}.jobs
                 WHERE migration = $1 AND pass = (SELECT pass FROM {s}.migrations WHERE name = $1)
                   AND state IN ('ready', 'leased')",
            ),
            renew: of(
                "UPDATE {s}.jobs SET lease_until = now() + make_interval(secs => $5)
                 WHERE migration = $1 AND entity = $2 AND account = $3 AND epoch = $4 AND state = 'leased' RETURNING 1",
            ),
            finish: of(
                "UPDATE {s}.jobs SET state = $5, not_before = now() + make_interval(secs => $6), error = $7,
                     summary = coalesce($8, summary), attempts = attempts - $9
                 WHERE migration = $1 AND entity = $2 AND account = $3 AND epoch = $4 AND state = 'leased' RETURNING 1",
            ),
            jobs: of(
                "SELECT job, state, epoch, attempts, worker, error, summary FROM {s}.jobs
                 WHERE migration = $1 AND ($5 OR pass = (SELECT pass FROM {s}.migrations WHERE name = $1))
                   AND (entity, account) > ($2, $3)
                 ORDER BY entity, account LIMIT $4",
            ),
            append: of(
                "WITH held AS (
                     UPDATE {s}.jobs SET lease_until = now() + make_interval(secs => $5)
                     WHERE migration = $1 AND entity = $2 AND account = $3 AND epoch = $4 AND state = 'leased'
                     RETURNING 1),
                 known AS (
                     SELECT id FROM {s}.books
                     WHERE migration = $1 AND entity = $2 AND account = $3 AND kind = $6 AND name = $7),
                 made AS (
                     INSERT INTO {s}.books (migration, entity, account, kind, name)
                     SELECT $1, $2, $3, $6, $7 FROM held WHERE NOT EXISTS (SELECT 1 FROM known)
                     RETURNING id)
                 INSERT INTO {s}.pages (book, octets)
                 SELECT id, $8 FROM held, (SELECT id FROM known UNION ALL SELECT id FROM made) AS book
                 RETURNING 1",
            ),
            read: of(
                "SELECT octets FROM {s}.pages
                 WHERE book = (SELECT id FROM {s}.books
                     WHERE migration = $1 AND entity = $2 AND account = $3 AND kind = $4 AND name = $5)
                 ORDER BY number",
            ),
            books: of(
                "SELECT kind, name FROM {s}.books WHERE migration = $1 AND entity = $2 AND account = $3",
            ),
        }
    }
}
