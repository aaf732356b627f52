//! SQL statements, with the schema's name in them.

/// Statements. `$1` is the migration.
#[derive(Clone)]
pub(super) struct Statements {
    pub(super) know_migration: String,
    pub(super) lock_migration: String,
    pub(super) at_work: String,
    pub(super) set_pass: String,
    pub(super) current_pass: String,
    pub(super) add_jobs: String,
    pub(super) claim: String,
    pub(super) next_due: String,
    pub(super) renew: String,
    pub(super) finish: String,
    pub(super) jobs: String,
    pub(super) append: String,
    pub(super) read: String,
    pub(super) logs: String,
}

impl Statements {
    pub(super) fn new(schema: &str) -> Self {
        let of = |text: &str| text.replace("{s}", schema);
        Self {
            know_migration: of(
                "INSERT INTO {s}.migrations (name, fingerprint, pass) VALUES ($1, '', 0) ON CONFLICT DO NOTHING",
            ),
            lock_migration: of("SELECT fingerprint, pass FROM {s}.migrations WHERE name = $1 FOR UPDATE"),
            at_work: of(
                "SELECT EXISTS (SELECT 1 FROM {s}.jobs
                     WHERE migration = $1 AND state = 'leased' AND lease_until > now()),
                 EXISTS (SELECT 1 FROM {s}.jobs
                     WHERE migration = $1 AND pass = $2 AND state IN ('ready', 'leased'))",
            ),
            set_pass: of("UPDATE {s}.migrations SET fingerprint = $2, pass = $3 WHERE name = $1"),
            current_pass: of("SELECT fingerprint, pass FROM {s}.migrations WHERE name = $1"),
            add_jobs: of(
                "INSERT INTO {s}.jobs AS old (migration, kind, account, payload, state, place, pass)
                 SELECT $1, kind, account, payload, 'ready', number
                     + coalesce((SELECT max(place) FROM {s}.jobs WHERE migration = $1), 0), $2
                 FROM unnest($3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS new (kind, account, payload, number)
                 ON CONFLICT (migration, kind, account) DO UPDATE
                 SET payload = excluded.payload, state = 'ready', place = excluded.place, pass = excluded.pass,
                     attempts = 0, worker = NULL, error = NULL, not_before = now()
                 WHERE old.pass <> excluded.pass OR (old.state = 'failed' AND NOT $6)",
            ),
            claim: of(
                "WITH next AS (
                     SELECT kind, account FROM {s}.jobs
                     WHERE migration = $1 AND pass = (SELECT pass FROM {s}.migrations WHERE name = $1)
                       AND state IN ('ready', 'leased')
                       AND (state = 'ready' AND not_before <= now() OR state = 'leased' AND lease_until <= now())
                     ORDER BY place LIMIT 1 FOR UPDATE SKIP LOCKED)
                 UPDATE {s}.jobs AS job
                 SET state = 'leased', epoch = epoch + 1, worker = $2,
                     lease_until = now() + make_interval(secs => $3)
                 FROM next WHERE job.migration = $1 AND job.kind = next.kind AND job.account = next.account
                 RETURNING job.kind, job.account, job.payload, job.epoch, job.attempts, job.pass, job.summary",
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
                 WHERE migration = $1 AND kind = $2 AND account = $3 AND epoch = $4 AND state = 'leased' RETURNING 1",
            ),
            finish: of(
                "UPDATE {s}.jobs SET state = $5, not_before = now() + make_interval(secs => $6), error = $7,
                     summary = coalesce($8, summary), attempts = attempts + $9
                 WHERE migration = $1 AND kind = $2 AND account = $3 AND epoch = $4 AND state = 'leased' RETURNING 1",
            ),
            jobs: of(
                "SELECT kind, account, payload, state, epoch, attempts, worker, error, summary FROM {s}.jobs
                 WHERE migration = $1 AND ($5 OR pass = (SELECT pass FROM {s}.migrations WHERE name = $1))
                   AND (kind, account) > ($2, $3)
                 ORDER BY kind, account LIMIT $4",
            ),
            append: of(
                "WITH held AS (
                     UPDATE {s}.jobs SET lease_until = now() + make_interval(secs => $5)
                     WHERE migration = $1 AND kind = $2 AND account = $3 AND epoch = $4 AND state = 'leased'
                     RETURNING 1),
                 known AS (
                     SELECT id FROM {s}.logs
                     WHERE migration = $1 AND kind = $2 AND account = $3 AND log_kind = $6 AND sha256(name) = sha256($7)),
                 made AS (
                     INSERT INTO {s}.logs (migration, kind, account, log_kind, name)
                     SELECT $1, $2, $3, $6, $7 FROM held WHERE NOT EXISTS (SELECT 1 FROM known)
                     RETURNING id)
                 INSERT INTO {s}.pages (log, octets)
                 SELECT id, $8 FROM held, (SELECT id FROM known UNION ALL SELECT id FROM made) AS log
                 RETURNING 1",
            ),
            read: of(
                "SELECT octets FROM {s}.pages
                 WHERE log = (SELECT id FROM {s}.logs
                     WHERE migration = $1 AND kind = $2 AND account = $3 AND log_kind = $4 AND sha256(name) = sha256($5))
                 ORDER BY number",
            ),
            logs: of(
                "SELECT log_kind, name FROM {s}.logs WHERE migration = $1 AND kind = $2 AND account = $3",
            ),
        }
    }
}
