//! Restrictions of FindItem and FindFolder.

use super::xml::Element;

/// Whether something whose properties `value` tells matches a search expression.
pub(super) fn matches(expression: &Element, value: &dyn Fn(&Element) -> Option<String>) -> bool {
    let path = || {
        expression
            .children
            .iter()
            .find(|child| child.name.ends_with("FieldURI"))
    };
    let own = || path().and_then(value);
    let constant = || {
        expression
            .at(&["FieldURIOrConstant", "Constant"])
            .or_else(|| expression.child("Constant"))
            .and_then(|constant| constant.attribute("Value"))
            .map(str::to_owned)
            .or_else(|| {
                expression
                    .child("FieldURIOrConstant")?
                    .children
                    .first()
                    .and_then(value)
            })
    };
    let compared = || Some(order(&own()?, &constant()?));
    match expression.name.as_str() {
        "And" => expression.children.iter().all(|child| matches(child, value)),
        "Or" => expression.children.iter().any(|child| matches(child, value)),
        "Not" => !expression.children.iter().any(|child| matches(child, value)),
        "Exists" => own().is_some(),
        "IsEqualTo" => own().zip(constant()).is_some_and(|(one, other)| one == other),
        "IsNotEqualTo" => own() != constant(),
        "IsGreaterThan" => compared().is_some_and(|order| order.is_gt()),
        "IsGreaterThanOrEqualTo" => compared().is_some_and(|order| order.is_ge()),
        "IsLessThan" => compared().is_some_and(|order| order.is_lt()),
        "IsLessThanOrEqualTo" => compared().is_some_and(|order| order.is_le()),
        "Contains" => {
            let (Some(mut text), Some(mut wanted)) = (own(), constant()) else {
                return false;
            };
            let comparison = expression.attribute("ContainmentComparison").unwrap_or("Exact");
            if comparison.contains("IgnoreCase") || comparison == "Loose" {
                text = text.to_lowercase();
                wanted = wanted.to_lowercase();
            }
            match expression.attribute("ContainmentMode").unwrap_or("FullString") {
                "FullString" => text == wanted,
                "Prefixed" => text.starts_with(&wanted),
                _ => text.contains(&wanted),
            }
        }
        "Excludes" => {
            let mask = expression
                .child("Bitmask")
                .and_then(|mask| mask.attribute("Value"))
                .and_then(|text| text.parse::<i64>().ok());
            let own = own().and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
            mask.is_some_and(|mask| own & mask == 0)
        }
        _ => false,
    }
}

/// Numbers as numbers, times and texts as texts: times are all in UTC and have one length.
fn order(one: &str, other: &str) -> std::cmp::Ordering {
    match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => one.total_cmp(&other),
        _ => seconds(one).cmp(&seconds(other)),
    }
}

/// A time without fractions of a second and with `Z`, so that texts compare as times do.
fn seconds(text: &str) -> String {
    let text = text.replace("+00:00", "Z");
    match text.split_once('.') {
        Some((whole, rest)) if rest.ends_with('Z') && whole.len() == 19 => format!("{whole}Z"),
        _ => text,
    }
}
