//! Writes scripts: one command a line, lines that end in CRLF (RFC 5228, section 2.2).

use super::{Argument, Call, Command, Script, Test};
use std::fmt;

/// A list whose line would be longer than this goes over several lines.
const WIDTH: usize = 100;

impl Script {
    fn require(&self) -> String {
        let mut out = String::new();
        let needs: Vec<String> = self.extensions().into_iter().map(ToOwned::to_owned).collect();
        if !needs.is_empty() {
            out.push_str("require ");
            argument(&mut out, &Argument::List(needs), 0);
            out.push_str(";\n");
        }
        out
    }

    /// Returns the line on which each command begins, from 1.
    #[must_use]
    pub fn lines(&self) -> Vec<usize> {
        let mut line = 1 + self.require().matches('\n').count();
        let mut starts = Vec::with_capacity(self.commands.len());
        for command in &self.commands {
            starts.push(line);
            let mut out = String::new();
            commands(&mut out, std::slice::from_ref(command), 0);
            line += out.matches('\n').count();
        }
        starts
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = self.require();
        commands(&mut out, &self.commands, 0);
        f.write_str(&out.replace('\n', "\r\n"))
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        test(&mut out, self, 0);
        f.write_str(&out)
    }
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("    ", depth));
}

fn commands(out: &mut String, all: &[Command], depth: usize) {
    for command in all {
        match command {
            Command::Comment(text) => comment(out, text, depth),
            Command::Do(call) => one(out, call, depth),
        }
    }
}

/// A line break within a comment would end it, and what follows would be commands.
fn comment(out: &mut String, text: &str, depth: usize) {
    for line in text.split(['\r', '\n', '\u{85}', '\u{2028}', '\u{2029}']) {
        indent(out, depth);
        out.push('#');
        if !line.is_empty() {
            out.push(' ');
        }
        out.extend(line.chars().map(|c| if c.is_control() { ' ' } else { c }));
        out.push('\n');
    }
}

fn one(out: &mut String, call: &Call, depth: usize) {
    indent(out, depth);
    out.push_str(&call.name);
    for value in &call.arguments {
        out.push(' ');
        argument(out, value, depth);
    }
    if let Some(asked) = &call.test {
        out.push(' ');
        test(out, asked, depth);
    }
    match &call.block {
        Some(block) => {
            out.push_str(" {\n");
            commands(out, block, depth + 1);
            indent(out, depth);
            out.push_str("}\n");
        }
        None => out.push_str(";\n"),
    }
}

fn test(out: &mut String, asked: &Test, depth: usize) {
    out.push_str(&asked.name);
    for value in &asked.arguments {
        out.push(' ');
        argument(out, value, depth);
    }
    match asked.tests.as_slice() {
        [] => {}
        [only] if asked.name == "not" => {
            out.push(' ');
            test(out, only, depth);
        }
        several => {
            out.push_str(" (");
            for (at, within) in several.iter().enumerate() {
                out.push_str(if at > 0 { ",\n" } else { "\n" });
                indent(out, depth + 1);
                test(out, within, depth + 1);
            }
            out.push('\n');
            indent(out, depth);
            out.push(')');
        }
    }
}

fn argument(out: &mut String, value: &Argument, depth: usize) {
    match value {
        Argument::Tag(name) => {
            out.push(':');
            out.push_str(name);
        }
        Argument::Number(number) => out.push_str(&number.to_string()),
        Argument::Text(text) => string(out, text),
        Argument::List(all) => {
            let long = all.iter().map(|text| lines(text).len() + 4).sum::<usize>() + depth * 4 > WIDTH;
            out.push('[');
            for (at, text) in all.iter().enumerate() {
                match (at, long) {
                    (0, false) => {}
                    (_, false) => out.push_str(", "),
                    (_, true) => {
                        out.push_str(if at > 0 { ",\n" } else { "\n" });
                        indent(out, depth + 1);
                    }
                }
                quoted(out, text);
            }
            if long {
                out.push('\n');
                indent(out, depth);
            }
            out.push(']');
        }
    }
}

/// Whole lines stand as a multi-line literal (RFC 5228, section 2.4.2), all else between quotes.
fn string(out: &mut String, text: &str) {
    let text = lines(text);
    let Some(body) = text.strip_suffix('\n') else {
        return quoted(out, &text);
    };
    out.push_str("text:\n");
    for line in body.split('\n') {
        if line.starts_with('.') {
            out.push('.');
        }
        out.push_str(line);
        out.push('\n');
    }
    out.push_str(".\n");
}

fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in lines(text).chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
}

/// Every kind of line end is one; NUL octets, which no script may hold, show as U+FFFD.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace('\0', "\u{fffd}")
}
