//! Puts a message together: which parts it has, and how they lie in each other ([MS-OXCMAIL] section 2.1.3).

use super::{
    attached::Attached,
    dkim,
    headers::{self, Header},
    part::{Composed, FilePart, Part, TextPart},
    skeleton::{self, Whole},
    smime,
};
use crate::{Message, Result, bytes::exceeded, item::Bodies, kind::Kind, properties, tag, verdict::Notes};
use sha2::{Digest, Sha256};

/// Octets of items within a message that are held in forms of their own.
const OWN_FORMS: u64 = 16 << 20;

/// What one item may still hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    parts: usize,
    octets: u64,
    /// Octets of attachments that are read when they are written.
    pub(crate) streamed: u64,
    /// Octets of items within the message that may still be held in forms of their own.
    pub(super) own_forms: u64,
    boundaries: u32,
    /// What all boundaries of the message begin with.
    seed: [u8; 12],
}

impl Budget {
    pub(crate) fn new(message: &Message<'_>) -> Self {
        let limits = message.pst().options.limits;
        Self {
            parts: limits.parts,
            octets: limits.item,
            streamed: 0,
            own_forms: OWN_FORMS,
            boundaries: 0,
            seed: [0; 12],
        }
    }

    /// Boundaries follow from what the message says, so that a message that two files hold becomes the same octets from both.
    fn seed(&mut self, header: &Header, bodies: &Bodies) {
        let mut digest = Sha256::new().chain_update(&header.octets);
        digest.update(bodies.text.as_deref().unwrap_or_default());
        digest.update(bodies.html.as_ref().map_or(&[][..], |html| &html.data));
        self.seed = digest.finalize().first_chunk().copied().unwrap_or_default();
    }

    pub(super) fn part(&mut self, octets: u64) -> Result<()> {
        self.parts = self
            .parts
            .checked_sub(1)
            .ok_or_else(|| exceeded("the message has more parts than the limit `parts`"))?;
        self.octets = self
            .octets
            .checked_sub(octets)
            .ok_or_else(|| exceeded("the message holds more octets than the limit `item`"))?;
        Ok(())
    }

    /// A boundary: the same in every run, and of a form that neither base64 nor quoted-printable can hold.
    fn boundary(&mut self) -> String {
        self.boundaries += 1;
        // Twelve octets are the upper digits of a number of sixteen.
        let mut seed = [0; 16];
        let (_, low) = seed.split_at_mut(4);
        low.copy_from_slice(&self.seed);
        format!("=_tegu_{:024x}_{}", u128::from_be_bytes(seed), self.boundaries)
    }
}

/// Whether a proof was found that the octets are the original ones.
pub(crate) type Proved = bool;

/// Puts a message together.
pub(crate) fn compose<'p>(
    message: &Message<'p>,
    notes: &mut Notes,
    budget: &mut Budget,
    embedded: bool,
) -> Result<(Composed<'p>, Proved)> {
    budget.part(0)?;
    check(message, notes);
    let class = message.class().to_ascii_lowercase();
    let mut of_header = Notes::default();
    let header = headers::header(message, &mut of_header, embedded);
    let bodies = Bodies::read(message, notes);
    if !embedded {
        budget.seed(&header, &bodies);
    }
    let ids = notes.value(message.attachment_ids());
    if !class.starts_with("ipm.note.smime")
        && let Some(whole) = from_skeleton(message, notes, &header, &bodies, &ids)
    {
        // The original header names everybody by the addresses that they had.
        let replaced = ["PST-HEADER-REBUILT", "PST-HEADER-KEPT", "PST-HEADER-DIFFERS"];
        notes.take(of_header, |finding| {
            !headers::is_of_address(finding) && !replaced.contains(&finding.code.as_ref())
        });
        let mut expected = header.expected;
        (expected.to, expected.cc) = Default::default();
        expected.from = headers::sender_of(&whole.header);
        let composed = Composed {
            header: whole.header,
            root: Part::Entity(whole.body),
            expected,
        };
        return Ok((composed, whole.proved));
    }
    notes.take(of_header, |_| true);
    if class.starts_with("ipm.note.smime") {
        let (root, proved) = smime::root(message, notes, &ids)?;
        let mut octets = header.octets;
        octets.extend_from_slice(b"MIME-Version: 1.0\r\n");
        let composed = Composed {
            header: octets,
            root,
            expected: header.expected,
        };
        return Ok((composed, proved));
    }
    if let Some(whole) = header.kept.as_ref().filter(|_| ids.is_empty())
        && let Some(body) = dkim::proved_body(whole, &bodies)
    {
        notes.info("PST-BODY-PROVED", "a kept DKIM signature proves the body");
        let composed = Composed {
            header: whole.clone(),
            root: Part::Entity([b"\r\n".as_slice(), &body].concat()),
            expected: header.expected,
        };
        return Ok((composed, true));
    }
    let parts = Attached::read(message, notes, budget, &ids, &bodies)?;
    let mut octets = header.octets;
    octets.extend_from_slice(b"MIME-Version: 1.0\r\n");
    let root = tree(message, notes, budget, bodies, parts, class.starts_with("report"));
    let composed = Composed {
        header: octets,
        root,
        expected: header.expected,
    };
    Ok((composed, false))
}

/// The message as its skeleton has it, if there is one and everything has its place in it.
fn from_skeleton(
    message: &Message<'_>,
    notes: &mut Notes,
    header: &Header,
    bodies: &Bodies,
    ids: &[u32],
) -> Option<Whole> {
    let kept = notes.value(message.binary(tag::MIME_SKELETON))?;
    // A blind recipient stands in no header that was sent, and RTF in no text.
    if header.has_bcc || bodies.rtf.is_some() || notes.is_lossy() {
        notes.info(
            "PST-SKELETON",
            "the skeleton of the original MIME is not used: it does not hold all of the item",
        );
        return None;
    }
    match skeleton::fill(message, &kept, header, bodies, ids) {
        Ok(whole) => {
            notes.info(
                "PST-SKELETON-USED",
                "the message has the structure of the original MIME, whose skeleton the file keeps",
            );
            if whole.proved {
                notes.info("PST-BODY-PROVED", "a kept DKIM signature proves the body");
            }
            Some(whole)
        }
        Err(why) => {
            notes.info(
                "PST-SKELETON",
                format!("the skeleton of the original MIME is not used: {why}"),
            );
            None
        }
    }
}

/// What concerns the item as a whole.
fn check(message: &Message<'_>, notes: &mut Notes) {
    properties::check(message, notes);
    if notes
        .value(message.integer(tag::HEADER_ONLY))
        .is_some_and(|only| only != 0)
    {
        notes.lossy(
            "PST-HEADER-ONLY",
            "Outlook had fetched only the header of this message",
        );
    }
}

fn plain(text: String) -> Part<'static> {
    let charset = if text.is_ascii() { "us-ascii" } else { "utf-8" };
    Part::Text(TextPart::new("plain", charset, text.into_bytes()))
}

fn tree<'p>(
    message: &Message<'p>,
    notes: &mut Notes,
    budget: &mut Budget,
    bodies: Bodies,
    attached: Attached<'p>,
    report: bool,
) -> Part<'p> {
    let mut multi = |subtype, parameters: &str, parts: Vec<Part<'p>>| Part::Multi {
        subtype,
        parameters: parameters.to_owned(),
        boundary: budget.boundary(),
        parts,
    };
    let text = bodies.text.map(plain);
    let html = bodies
        .html
        .map(|html| Part::Text(TextPart::new("html", html.charset, html.data)));
    let mut body = match (text, html) {
        (Some(text), Some(html)) => multi("alternative", "", vec![text, html]),
        (Some(text), None) => text,
        (None, Some(html)) => html,
        (None, None) => plain(String::new()),
    };
    if !attached.inline.is_empty() {
        let mut parts = vec![body];
        parts.extend(attached.inline);
        body = multi("related", "", parts);
    }
    let mut files = attached.files;
    if let Some(rtf) = bodies.rtf {
        files.push(Part::File(FilePart::named("body.rtf", "text/rtf", rtf)));
    }
    let mut status = attached.status;
    if report && status.is_none() {
        status = super::report::status(message, notes)
            .map(|(data, kind)| (Part::File(FilePart::lines(format!("message/{kind}"), data)), kind));
        if status.is_none() {
            notes.lossy(
                "PST-REPORT-STATUS",
                "what the report says is in properties only; mail has the text of it",
            );
        }
    }
    if let Some((status, kind)) = status {
        let mut parts = vec![body, status];
        parts.extend(files);
        return multi("report", &format!("; report-type={kind}"), parts);
    }
    if Kind::of(message.class()) == Kind::Meeting {
        match crate::calendar::invitation(message, notes) {
            Some((method, octets)) => {
                let part = TextPart::new("calendar", "utf-8", octets);
                let part = Part::Text(part.with_parameters(format!("; method={method}")));
                body = multi("alternative", "", vec![body, part]);
            }
            None => notes.lossy(
                "PST-MEETING",
                "the meeting of this message cannot be written as a calendar",
            ),
        }
    }
    if files.is_empty() {
        body
    } else {
        let mut parts = vec![body];
        parts.extend(files);
        multi("mixed", "", parts)
    }
}
