-- What version 1 of the schema made and held.
CREATE SCHEMA tegu;
    CREATE TABLE tegu.migrations (
        name text COLLATE "C" PRIMARY KEY,
        plan text NOT NULL,
        pass bigint NOT NULL
    );
    CREATE TABLE tegu.jobs (
        migration text COLLATE "C" NOT NULL REFERENCES tegu.migrations (name) ON DELETE CASCADE,
        entity text COLLATE "C" NOT NULL,
        account text COLLATE "C" NOT NULL,
        job text NOT NULL,
        state text COLLATE "C" NOT NULL,
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
    CREATE INDEX jobs_left ON tegu.jobs (migration, pass, place) WHERE state IN ('ready', 'leased');
    CREATE TABLE tegu.books (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        migration text COLLATE "C" NOT NULL,
        entity text COLLATE "C" NOT NULL,
        account text COLLATE "C" NOT NULL,
        kind text COLLATE "C" NOT NULL,
        name bytea NOT NULL,
        UNIQUE (migration, entity, account, kind, name),
        FOREIGN KEY (migration, entity, account) REFERENCES tegu.jobs ON DELETE CASCADE
    );
    CREATE TABLE tegu.pages (
        book bigint NOT NULL REFERENCES tegu.books (id) ON DELETE CASCADE,
        number bigint GENERATED ALWAYS AS IDENTITY,
        octets bytea NOT NULL,
        PRIMARY KEY (book, number)
    );
CREATE TABLE tegu.tegu_migrate (version integer NOT NULL);
INSERT INTO tegu.tegu_migrate VALUES (1);
INSERT INTO tegu.migrations VALUES ('old', 'plan 1', 3);
INSERT INTO tegu.jobs (migration, entity, account, job, state, place, pass, epoch, attempts, worker, lease_until, error, summary) VALUES
    ('old', 'mail', 'a', E'{"entity":"mail","account":{"id":"a","mail":"a@example.test","alias":"a","display_name":"Анна \\"\\\\ \'x"}}', 'done', 1, 3, 2, 1, 'one', NULL, NULL, '{}'),
    ('old', 'mail', 'b', '{"entity":"mail","account":{"id":"b","mail":"b@example.test","alias":"b","display_name":"b"}}', 'leased', 2, 3, 1, 1, 'one', now() - interval '1 hour', NULL, NULL),
    ('old', 'directory-contacts', 'b', '{"entity":"directory-contacts","account":{"id":"b","mail":"b@example.test","alias":"b","display_name":"b"}}', 'failed', 3, 3, 1, 1, 'one', NULL, 'no', '');
INSERT INTO tegu.books (migration, entity, account, kind, name) VALUES ('old', 'mail', 'a', 'imap', 'INBOX'), ('old', 'mail', 'a', 'records', '\xff0001');
INSERT INTO tegu.pages (book, octets) VALUES (1, 'one'), (1, 'two'), (2, '\x01');
