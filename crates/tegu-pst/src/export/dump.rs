//! An item as it is: its properties as JSON, its attachments as files.

use crate::{Finding, Message, Properties, Result, Value, messaging::Method, messaging::NameKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, json};
use std::path::Path;
use tegu_outcome::file;

/// How deep messages within messages are kept apart; below, they are counted as one attachment without data.
const DEPTH: usize = 8;

/// Writes `properties.json` and the attachments into `directory`.
pub(crate) fn dump(message: &Message<'_>, directory: &Path, findings: &[Finding]) -> Result<()> {
    let mut number = 0;
    let mut item = describe(message, directory, &mut number, DEPTH)?;
    if let Some(item) = item.as_object_mut() {
        item.insert("findings".to_owned(), json!(findings));
    }
    file::write(&directory.join("properties.json"), |out| {
        serde_json::to_writer_pretty(&mut *out, &item)?;
        out.write_all(b"\n")
    })
}

fn describe(
    message: &Message<'_>,
    directory: &Path,
    number: &mut usize,
    depth: usize,
) -> Result<serde_json::Value> {
    let mut attachments = Vec::new();
    let ids = message.attachment_ids();
    for id in ids.as_deref().unwrap_or_default() {
        if *number >= 1000 {
            break;
        }
        *number += 1;
        let attachment = match message.attachment(*id) {
            Ok(attachment) => attachment,
            Err(error) => {
                attachments.push(json!({ "error": error.to_string() }));
                continue;
            }
        };
        let mut entry = json!({ "properties": properties(message, attachment.properties()) });
        let within = match attachment.method() {
            Ok(Method::Message) if depth > 0 => attachment.message().ok(),
            _ => None,
        };
        let (key, value) = match within {
            Some(within) => ("message", describe(&within, directory, number, depth - 1)?),
            None => {
                let name = format!("attachment-{number}.bin");
                let mut error = None;
                if let Ok(Some(mut data)) = attachment.data() {
                    file::write(&directory.join(&name), |out| {
                        error = std::io::copy(&mut data, out).err().map(|error| error.to_string());
                        Ok(())
                    })?;
                }
                ("file", json!({ "name": name, "error": error }))
            }
        };
        if let Some(entry) = entry.as_object_mut() {
            entry.insert(key.to_owned(), value);
        }
        attachments.push(entry);
    }
    let recipients = match message.recipients() {
        Ok(recipients) => recipients
            .iter()
            .map(|recipient| {
                json!({
                    "kind": format!("{:?}", recipient.kind),
                    "name": recipient.name.text,
                    "type": recipient.address_type,
                    "address": recipient.address,
                    "smtp": recipient.smtp,
                })
            })
            .collect(),
        Err(error) => vec![json!({ "error": error.to_string() })],
    };
    Ok(json!({
        "nid": message.nid(),
        "class": message.class(),
        "properties": properties(message, message.properties()),
        "recipients": recipients,
        "attachments": attachments,
        "attachments_error": ids.err().map(|error| error.to_string()),
    }))
}

fn properties(message: &Message<'_>, properties: &Properties<'_>) -> Map<String, serde_json::Value> {
    let mut map = Map::new();
    for record in properties.records() {
        let mut key = format!("{:04x}:{:04x}", record.id, record.kind.number());
        if let Some((set, name)) = message.names().name(record.id) {
            let set: String = set.iter().map(|octet| format!("{octet:02x}")).collect();
            let name = match name {
                NameKey::Number(number) => format!("{number:#06x}"),
                NameKey::String(name) => name.clone(),
            };
            key = format!("{key} {set} {name}");
        }
        // The data of attachments are in files of their own.
        let value = match properties.get(record.id) {
            _ if record.id == crate::tag::ATTACH_DATA => continue,
            Ok(Some(value)) => plain(message, &value),
            Ok(None) => serde_json::Value::Null,
            Err(error) => json!({ "error": error.to_string() }),
        };
        map.insert(key, value);
    }
    map
}

fn plain(message: &Message<'_>, value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Boolean(value) => json!(value),
        Value::Integer16(value) => json!(value),
        Value::Integer32(value) => json!(value),
        Value::Integer64(value) | Value::Time(value) => json!(value),
        Value::Floating(value) => json!(value),
        Value::Guid(guid) => json!({ "base64": STANDARD.encode(guid) }),
        Value::Binary(data) => json!({ "base64": STANDARD.encode(data) }),
        Value::Object { nid, size } => json!({ "nid": nid, "size": size }),
        Value::Multiple(values) => values.iter().map(|value| plain(message, value)).collect(),
        Value::Utf16(data) | Value::String8(data) => match message.decode(value).filter(|text| text.sound) {
            Some(text) => json!(text.text),
            // What cannot be read for certain is kept as it is.
            None => json!({ "base64": STANDARD.encode(data) }),
        },
    }
}
