//! Reads an mbox file of any variant and size: sender, date and size of each message, and what is doubtful about it.
//!
//! `read_mbox inbox.mbox`

use std::path::Path;
use tegu_mbox::{
    Result,
    date::internal_date,
    read::{self, Options, Stream},
};

/// One line for each message. A message that is too large for memory would be read in pieces by `Stream::next_into`.
pub(crate) fn list(file: &Path) -> Result<Vec<String>> {
    let options = Options::default();
    let mut stream = Stream::new(read::open(file, &options)?, options);
    let mut lines = Vec::new();
    while let Some(message) = stream.next_message()? {
        let content = message.content();
        let envelope = message.envelope();
        let seconds = internal_date(&envelope, &content).map_or(0, |date| date.seconds);
        let mut line = format!("{} {seconds} {} bytes", envelope.sender(), content.len());
        for finding in message.findings() {
            line += &format!("; {finding}");
        }
        lines.push(line);
    }
    Ok(lines)
}

#[allow(clippy::print_stdout)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args_os().nth(1).ok_or("give an mbox file")?;
    for line in list(Path::new(&file))? {
        println!("{}", tegu_outcome::printable(&line));
    }
    Ok(())
}
