//! Signed and encrypted mail ([MS-OXOSMIME] section 2.1): its one attachment is the message.

use super::{
    cms::Signed,
    part::{FilePart, Part, TextPart},
};
use crate::{Message, Result, messaging::Method, ndb::DataReader, verdict::Notes};
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
    let data = match attachment.data()? {
        Some(data) => octets(message, data)?,
        None => Vec::new(),
    };
    if message.class().to_ascii_lowercase().ends_with("multipartsigned") {
        let parsed = MessageParser::default().parse(&data);
        let signed = parsed.as_ref().and_then(|parsed| parsed.content_type());
        if !signed.is_some_and(|kind| kind.ctype() == "multipart" && kind.subtype() == Some("signed")) {
            notes.lossy(
                "PST-SMIME-SHAPE",
                "the attachment of signed mail is not multipart/signed",
            );
            return Ok((empty(), false));
        }
        let proved = signed_parts(&data).is_some_and(|(part, signature)| {
            Signed::read(&signature).is_some_and(|signed| is_proved(&signed, part))
        });
        tell(notes, proved);
        return Ok((Part::Entity(data), proved));
    }
    // Signed data hold what they sign; of encrypted data nothing can be proved.
    let signed = Signed::read(&data);
    let proved = signed.as_ref().is_some_and(|signed| {
        signed
            .content
            .as_ref()
            .is_some_and(|content| is_proved(signed, content))
    });
    if signed.is_some() {
        tell(notes, proved);
    }
    let kind = if signed.is_some() {
        "signed-data"
    } else {
        "enveloped-data"
    };
    let part = FilePart {
        parameters: format!("; smime-type={kind}"),
        ..FilePart::named("smime.p7m", "application/pkcs7-mime", data)
    };
    Ok((Part::File(part), proved))
}

fn tell(notes: &mut Notes, proved: bool) {
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
}

/// All octets of a signed or encrypted message.
fn octets(message: &Message<'_>, data: DataReader<'_>) -> Result<Vec<u8>> {
    let limit = message.pst().options.limits.value;
    if data.length() > limit {
        return Err(crate::bytes::exceeded(format_args!(
            "a signed or encrypted message of {} octets; the limit `value` is {limit}",
            data.length()
        )));
    }
    let (octets, read) = data.into_vec();
    read.map(|()| octets)
}

fn empty() -> Part<'static> {
    Part::Text(TextPart::new("plain", "us-ascii", Vec::new()))
}

/// Whether a signer keeps the digest of `content`. The signature itself is not verified: that takes the signer's key.
fn is_proved(signed: &Signed, content: &[u8]) -> bool {
    signed.digests.iter().any(|digest| match digest.len() {
        32 => Sha256::digest(content).as_slice() == digest,
        48 => Sha384::digest(content).as_slice() == digest,
        64 => Sha512::digest(content).as_slice() == digest,
        // SHA-1 and older ones prove nothing.
        _ => false,
    })
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
