//! Signed and encrypted mail ([MS-OXOSMIME] section 2.1): its one attachment is the message.

use super::part::{FileData, FilePart, Part};
use crate::{Message, Result, messaging::Method, verdict::Notes};
use mail_parser::{MessageParser, MimeHeaders};
use sha2::{Digest, Sha256, Sha384, Sha512};

pub(crate) fn root<'p>(message: &Message<'p>, notes: &mut Notes, ids: &[u32]) -> Result<(Part<'p>, bool)> {
    let [id] = ids else {
        notes.lossy(
            "PST-SMIME-SHAPE",
            format!(
                "signed or encrypted mail has one attachment, this has {}",
                ids.len()
            ),
        );
        return Ok((empty(), false));
    };
    let attachment = message.attachment(*id)?;
    if attachment.method()? != Method::Value {
        notes.lossy(
            "PST-SMIME-SHAPE",
            "the attachment of signed or encrypted mail is not kept by value",
        );
        return Ok((empty(), false));
    }
    if message.class().to_ascii_lowercase().ends_with("multipartsigned") {
        let mut data = Vec::new();
        let Some(mut reader) = attachment.data()? else {
            notes.lossy("PST-SMIME-SHAPE", "the signed message is empty");
            return Ok((empty(), false));
        };
        let limit = message.pst().options.limits.value;
        if reader.length() > limit {
            return Err(crate::bytes::exceeded(format_args!(
                "a signed message of {} octets; the limit `value` is {limit}",
                reader.length()
            )));
        }
        loop {
            let piece = reader.next_piece()?;
            if piece.is_empty() {
                break;
            }
            data.extend_from_slice(piece);
        }
        let parsed = MessageParser::default().parse(&data);
        let signed = parsed.as_ref().and_then(|parsed| parsed.content_type());
        if !signed.is_some_and(|kind| kind.ctype() == "multipart" && kind.subtype() == Some("signed")) {
            notes.lossy(
                "PST-SMIME-SHAPE",
                "the attachment of signed mail is not multipart/signed",
            );
            return Ok((empty(), false));
        }
        let proved = is_proved(&data);
        if proved {
            notes.info(
                "PST-BODY-PROVED",
                "the digest of the kept S/MIME signature proves the signed part",
            );
        } else {
            notes.info(
                "PST-SMIME-UNPROVED",
                "no digest in the S/MIME signature is that of the signed part",
            );
        }
        return Ok((Part::Entity(data), proved));
    }
    let part = FilePart {
        kind: "application/pkcs7-mime".to_owned(),
        parameters: String::new(),
        name: "smime.p7m".to_owned(),
        inline: false,
        content_id: String::new(),
        location: String::new(),
        data: FileData::Attachment(Box::new(attachment)),
        plain: false,
    };
    Ok((Part::File(part), false))
}

fn empty() -> Part<'static> {
    Part::Text {
        subtype: "plain",
        parameters: String::new(),
        charset: "us-ascii",
        data: Vec::new(),
    }
}

/// The DER of the attribute messageDigest (RFC 5652 section 11.2), up to its value.
const MESSAGE_DIGEST: [u8; 11] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];

/// Whether the signature holds the digest of the first part. The signature itself is not verified: that takes the signer's key.
fn is_proved(entity: &[u8]) -> bool {
    let Some((part, signature)) = signed_parts(entity) else {
        return false;
    };
    let Some(at) = signature
        .windows(MESSAGE_DIGEST.len())
        .position(|window| window == MESSAGE_DIGEST)
    else {
        return false;
    };
    // SET, its length, OCTET STRING, its length, the digest.
    let value = signature.get(at + MESSAGE_DIGEST.len()..).unwrap_or_default();
    let [0x31, _, 0x04, length, rest @ ..] = value else {
        return false;
    };
    let Some(digest) = rest.get(..usize::from(*length)) else {
        return false;
    };
    match digest.len() {
        32 => Sha256::digest(part).as_slice() == digest,
        48 => Sha384::digest(part).as_slice() == digest,
        64 => Sha512::digest(part).as_slice() == digest,
        _ => false,
    }
}

/// The octets of the first part, and those of the signature.
fn signed_parts(entity: &[u8]) -> Option<(&[u8], Vec<u8>)> {
    let parsed = MessageParser::default().parse(entity)?;
    let boundary = parsed.content_type()?.attribute("boundary")?.to_owned();
    let marker = format!("--{boundary}\r\n").into_bytes();
    let start = find(entity, &marker)? + marker.len();
    let rest = entity.get(start..)?;
    // The line end before a boundary belongs to it.
    let end = find(rest, format!("\r\n--{boundary}").as_bytes())?;
    let signature = parsed
        .parts
        .iter()
        .find(|part| {
            part.content_type().is_some_and(|kind| {
                kind.ctype() == "application"
                    && matches!(kind.subtype(), Some("pkcs7-signature" | "x-pkcs7-signature"))
            })
        })?
        .contents()
        .to_vec();
    Some((rest.get(..end)?, signature))
}

fn find(data: &[u8], wanted: &[u8]) -> Option<usize> {
    data.windows(wanted.len()).position(|window| window == wanted)
}
