//! The converter's log.

use super::loss::Loss;

/// Reads from readpst's standard output which items it skipped: the lines such as `"Inbox" - 7 items done, 1 items skipped.`
/// whose second number is not zero. The first number counts folders too, so it proves nothing.
///
/// ```
/// use tegu_mbox::pst;
///
/// let output = "Processing Folder \"Inbox\"\n\t\"Inbox\" - 7 items done, 1 items skipped.\n";
/// assert_eq!(pst::skipped(output), [pst::Loss::ItemsSkipped { folder: "Inbox".to_owned(), count: 1 }]);
/// ```
pub fn skipped(output: &str) -> Vec<Loss> {
    output.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<Loss> {
    let (folder, counts) = line.trim().strip_prefix('"')?.rsplit_once("\" - ")?;
    let (_, skipped) = counts.split_once(" items done, ")?;
    let count = skipped
        .split(' ')
        .next()?
        .parse()
        .ok()
        .filter(|&count| count > 0)?;
    Some(Loss::ItemsSkipped {
        folder: folder.to_owned(),
        count,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_left_out() {
        let output = "Opening PST file and indexes...\n\t\"a\" - 14 items done, 0 items skipped.\n\
                      \t\"b \" - \"c\" - 2 items done, 3 items skipped.\n\t\"d\" - 1 items done, x items skipped.\n";
        let expected = Loss::ItemsSkipped {
            folder: "b \" - \"c".to_owned(),
            count: 3,
        };
        assert_eq!(skipped(output), [expected]);
    }
}
