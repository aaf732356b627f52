//! The first line of a script of ours, which tells a later run whether somebody has edited it.

const PREFIX: &str = "# tegu-sieve ";

/// Puts the mark in front of a script.
#[must_use]
pub(crate) fn sign(script: &str) -> String {
    format!("{PREFIX}{}\r\n{script}", digest(script))
}

/// Whether a script of this text is ours and nobody has edited it since.
#[must_use]
pub fn is_unedited(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(PREFIX) else {
        return false;
    };
    rest.split_once("\r\n")
        .is_some_and(|(said, script)| said == digest(script))
}

/// Whether a script of this text was ours once.
#[must_use]
pub fn is_ours(text: &str) -> bool {
    text.starts_with(PREFIX)
}

fn digest(script: &str) -> String {
    blake3::hash(script.as_bytes()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_shows() {
        let text = sign("keep;\r\n");
        assert!(is_unedited(&text) && is_ours(&text));
        let edited = text.replace("keep", "stop");
        assert!(!is_unedited(&edited) && is_ours(&edited));
        assert!(!is_unedited("keep;\r\n") && !is_ours("keep;\r\n"));
    }
}
