use crate::{
    ContainerKey, Error, JobFilter, JobKey, JobStatus, Journal, Kind, LogName, RECORDS, Records, Result,
    damaged,
};
use serde_json::{Value, json, value::RawValue};
use std::{collections::BTreeMap, fmt, io::Write};

/// The version of what [`Exporter::write`] writes.
const VERSION: u32 = 2;

type Decoder = dyn Fn(&JobKey, &LogName, &[u8], &mut Lines<'_>) -> Result<()> + Send + Sync;

/// Writes a journal as JSON Lines, for people and other programs: one object a line, each with a `type`.
///
/// | `type` | other members |
/// |---|---|
/// | `export` | the first line: `version` (2), and `journal`, where it is |
/// | `job` | `kind`, `account`, `payload`, `state`, `epoch`, `attempts`, `worker`, `error` |
/// | `item` | from [`Records`]: `kind`, `account`, `container`, `id`, `state`, `digest`, `bytes`, `attempts`, `label`, `findings`, `original`, `on_target` |
/// | `doubt` | from [`Records`], what was sent with no known end: `kind`, `account`, `container`, `id`, `digest`, `bytes`, `at` (seconds since 1970), `sendings`, `mark` |
/// | `log` | a log of a kind that nobody decodes: `kind`, `account`, `log` (its kind), `name` and `octets` (both hexadecimal) |
///
/// After a job come its logs. Memory holds one log at a time.
///
/// # Example
///
/// ```
/// use tegu_journal::{Exporter, Kind, MemoryJournal};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let mut out = Vec::new();
/// let exporter = Exporter::new().json_lines(Kind::from_static("proofs"), "proof");
/// exporter.write(&MemoryJournal::new(), &mut out).await?;
/// assert_eq!(out, b"{\"journal\":\"in memory\",\"type\":\"export\",\"version\":2}\n");
/// # Ok::<(), tegu_journal::Error>(()) }).unwrap();
/// ```
pub struct Exporter {
    decoders: BTreeMap<Kind, Box<Decoder>>,
}

impl Default for Exporter {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.decoders.keys()).finish()
    }
}

impl Exporter {
    /// Makes an exporter that decodes [`RECORDS`].
    #[must_use]
    pub fn new() -> Self {
        let none = Self {
            decoders: BTreeMap::new(),
        };
        none.decode(RECORDS, records)
    }

    /// Decodes logs of `kind` with a function that writes their lines.
    #[must_use]
    pub fn decode(
        mut self,
        kind: Kind,
        decoder: impl Fn(&JobKey, &LogName, &[u8], &mut Lines<'_>) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.decoders.insert(kind, Box::new(decoder));
        self
    }

    /// Decodes logs of `kind` that hold a JSON value on each line. Each becomes an object with `type`, `kind`, `account`, and the
    /// value as `data`.
    #[must_use]
    pub fn json_lines(self, kind: Kind, line_type: &'static str) -> Self {
        self.decode(kind, move |key, log, octets, out| {
            for text in octets
                .split(|octet| *octet == b'\n')
                .filter(|text| !text.is_empty())
            {
                let data: Value = serde_json::from_slice(text).map_err(|_| damaged(key, &log.kind))?;
                out.line(
                    &json!({"type": line_type, "kind": key.kind, "account": key.account, "data": data}),
                )?;
            }
            Ok(())
        })
    }

    /// Writes everything that `journal` holds.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if the journal cannot be read,
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if `out` cannot be written.
    pub async fn write(&self, journal: &dyn Journal, out: &mut (dyn Write + Send)) -> Result<()> {
        let mut out = Lines(out);
        out.line(&json!({"type": "export", "version": VERSION, "journal": journal.describe()}))?;
        let mut after: Option<JobKey> = None;
        loop {
            let page = journal.jobs(JobFilter::All, after.as_ref()).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.job.key().clone());
            for status in &page {
                out.job(status)?;
                let key = status.job.key();
                for log in journal.logs(key).await? {
                    let octets = journal.read(key, &log).await?;
                    match self.decoders.get(&log.kind) {
                        Some(decoder) => decoder(key, &log, &octets, &mut out)?,
                        None => out.log(key, &log, &octets)?,
                    }
                }
            }
        }
    }
}

/// Takes the lines of an export.
pub struct Lines<'a>(&'a mut (dyn Write + Send));

impl fmt::Debug for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lines")
    }
}

impl Lines<'_> {
    /// Writes a line. What a terminal would obey is escaped: the export may be read there.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if it cannot be written.
    pub fn line(&mut self, value: &Value) -> Result<()> {
        let line = tegu_outcome::printable_json(&value.to_string());
        writeln!(self.0, "{line}").map_err(|error| Error::io("write", "an export", error))
    }

    fn job(&mut self, status: &JobStatus) -> Result<()> {
        // The payload goes through a value, so that it takes one line.
        let key = status.job.key();
        let payload: Value =
            serde_json::from_str(RawValue::get(status.job.raw())).map_err(|_| damaged(key, "the job"))?;
        self.line(&json!({
            "type": "job", "kind": key.kind, "account": key.account, "payload": payload, "state": status.state,
            "epoch": status.epoch, "attempts": status.attempts, "worker": status.worker, "error": status.error,
        }))
    }

    fn log(&mut self, key: &JobKey, log: &LogName, octets: &[u8]) -> Result<()> {
        self.line(&json!({
            "type": "log", "kind": key.kind, "account": key.account, "log": log.kind, "name": hex(&log.name),
            "octets": hex(octets),
        }))
    }
}

fn hex(octets: &[u8]) -> String {
    use fmt::Write as _;
    octets
        .iter()
        .fold(String::with_capacity(2 * octets.len()), |mut text, octet| {
            // Writing to a String does not fail.
            let _ = write!(text, "{octet:02x}");
            text
        })
}

fn records(key: &JobKey, log: &LogName, octets: &[u8], out: &mut Lines<'_>) -> Result<()> {
    let container = ContainerKey::of_log(key, log);
    let found = Records::decode(octets).ok_or_else(|| damaged(key, container.display()))?;
    let mut records = found.records.into_iter().collect::<Vec<_>>();
    records.sort_by(|a, b| a.0.cmp(&b.0));
    for (id, record) in records {
        out.line(&json!({
            "type": "item", "kind": key.kind, "account": key.account, "container": container.path, "id": id,
            "state": record.state, "digest": record.digest, "bytes": record.bytes, "attempts": record.attempts,
            "label": record.label, "findings": record.findings, "original": record.original,
            "on_target": record.on_target,
        }))?;
    }
    for doubt in found.doubts.items {
        out.line(&json!({
            "type": "doubt", "kind": key.kind, "account": key.account, "container": container.path, "id": doubt.id,
            "digest": doubt.digest, "bytes": doubt.bytes, "at": doubt.at, "sendings": doubt.sendings,
            "mark": found.doubts.mark,
        }))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Claim, Digest, Doubt, Doubts, Job, MemoryJournal, Record, State};
    use std::time::Duration;

    #[tokio::test]
    async fn everything_is_exported() {
        let (kind, other) = (Kind::from_static("mail"), Kind::from_static("other"));
        let journal = MemoryJournal::new();
        let job = Job::from_json(JobKey::new(kind.clone(), "anna"), "{\n\"a\": [1]}").unwrap();
        journal.begin(&"settings".into(), &[job]).await.unwrap();
        let Claim::Job(lease) = journal.claim("one", Duration::from_secs(60)).await.unwrap() else {
            panic!()
        };
        let inbox = ContainerKey::new(kind, "anna", vec!["INBOX".into()]);
        let records = [("1".to_owned(), Record::new(State::Moved))];
        let doubts = Doubts::new("7", vec![Doubt::new("2", Digest::from_bytes([7; 32]), 5, 9)]);
        Records::new(&journal, &lease)
            .resolve(&inbox, &records, &doubts)
            .await
            .unwrap();
        journal
            .append(&lease, &LogName::new(other.clone(), [0xff]), b"1\n")
            .await
            .unwrap();
        let export = async |exporter: Exporter| {
            let mut out = Vec::new();
            exporter.write(&journal, &mut out).await.unwrap();
            let lines = String::from_utf8(out).unwrap();
            lines
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect::<Vec<Value>>()
        };
        let lines = export(Exporter::new()).await;
        let types = lines
            .iter()
            .map(|line| line["type"].as_str().unwrap())
            .collect::<Vec<_>>();
        assert_eq!(types, ["export", "job", "log", "item", "doubt"]);
        assert_eq!(lines[1]["payload"], json!({"a": [1]}));
        assert_eq!(
            (&lines[2]["name"], &lines[2]["octets"]),
            (&json!("ff"), &json!("310a"))
        );
        assert_eq!(
            (&lines[3]["id"], &lines[3]["state"]),
            (&json!("1"), &json!("moved"))
        );
        assert_eq!(
            (&lines[4]["id"], &lines[4]["mark"], &lines[4]["sendings"]),
            (&json!("2"), &json!("7"), &json!(1))
        );
        let lines = export(Exporter::new().json_lines(other, "other")).await;
        assert_eq!(
            lines[2],
            json!({"type": "other", "kind": "mail", "account": "anna", "data": 1})
        );
    }
}
