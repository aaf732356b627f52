//! Reads the mail of a PST file as messages (RFC 5322), each with a verdict on what became of it.
//!
//! `read_mail mailbox.pst`

use std::path::Path;
use tegu_pst::{Kind, Options, Pst, Result, Verdict};

/// Gives each message with its folder; those that lost something go to `manual`.
pub(crate) fn mail(
    file: &Path,
    mut good: impl FnMut(&str, &[u8]),
    mut manual: impl FnMut(&str, String),
) -> Result<()> {
    let pst = Pst::open_file(file, Options::default())?;
    for folder in pst.folders()?.folders {
        let path = folder.path.join("/");
        for id in pst.contents(&folder).items {
            let item = pst.message(id)?;
            if item.kind() != Kind::Mail {
                continue;
            }
            let mail = item.mail()?;
            if mail.verdict() == Verdict::Manual {
                manual(&path, format!("{:?}", mail.findings()));
            } else {
                let mut octets = Vec::new();
                mail.write_to(&mut octets)?;
                good(&path, &octets);
            }
        }
    }
    Ok(())
}

#[allow(clippy::print_stdout)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args_os().nth(1).ok_or("give a PST file")?;
    mail(
        Path::new(&file),
        |folder, octets| println!("{}: {} octets", tegu_outcome::printable(folder), octets.len()),
        |folder, why| println!("{}", tegu_outcome::printable(&format!("{folder}: {why}"))),
    )?;
    Ok(())
}
