//! Requests and limits, and quantities wherever they stand.
//!
//! Source: k8s.io/kubernetes `pkg/apis/core/validation/validation.go`,
//! `validateResourceRequirements` and `ValidateResourceQuantityValue`.

use std::cmp::Ordering;

use crate::codes;
use crate::value::Value;
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::shape::Findings;
use crate::verify::quantity::Quantity;

codes! {
    /// An amount is a number with an optional suffix: `500m`, `2`, `1.5`, `512Mi`, `2Gi`. There is
    /// no `GB`, no `gi`, no `K` and no space: `1 Gi` is refused.
    QUANTITY_MALFORMED = "quantity-malformed": "an amount that Kubernetes cannot read";

    /// A request is what is reserved and a limit is what may be used, so the request can never be
    /// the larger one. The API server refuses the pod.
    REQUEST_ABOVE_LIMIT = "request-above-limit": "a request that is larger than the limit";

    /// Containers know `cpu`, `memory`, `ephemeral-storage`, `hugepages-…` and extended
    /// resources with a domain (`nvidia.com/gpu`). A misspelt name is refused.
    RESOURCE_UNKNOWN = "resource-unknown": "a resource that Kubernetes does not know";

    /// The amount has the wrong sign or is finer than its resource can be: storage and memory
    /// cannot be negative, cpu has no part below `1m`, and a claim needs more than nothing.
    /// Write a positive amount in a unit that the resource has.
    QUANTITY_OUT_OF_RANGE = "quantity-out-of-range": "an amount that the resource cannot take";
}

/// Reads the quantity at `path`; YAML may write a whole one without quotes.
pub fn read(value: &Value) -> Option<Quantity> {
    match value {
        Value::Int(number) => Some(Quantity::whole(*number)),
        Value::Str(text) => Quantity::parse(text.trim_matches(' ')),
        Value::Float(number) => Quantity::parse(&number.to_string()),
        _ => None,
    }
}

/// Checks one present quantity, and gives it.
pub fn quantity(at: &Cursor, path: &str, out: &mut Findings) -> Option<Quantity> {
    let at = at.at(path)?;
    parsed(&at, path.rsplit('/').next().unwrap_or(path), out)
}

/// The quantity under the cursor.
pub fn parsed(at: &Cursor, name: &str, out: &mut Findings) -> Option<Quantity> {
    let read = read(at.value());
    if let (None, Value::Str(text)) = (read, at.value()) {
        let message = format!("`{name}` is `{text}`, which is no amount");
        out.push(
            at.error(QUANTITY_MALFORMED, message)
                .help("write an amount such as `500m`, `2`, `512Mi` or `1Gi`"),
        );
    }
    read
}

/// The map of amounts at `path`: each readable and none negative.
pub fn amounts(at: &Cursor, path: &str, out: &mut Findings) {
    for (name, amount) in at.entries(path) {
        let Some(quantity) = parsed(&amount, name, out) else {
            continue;
        };
        if quantity.sign() == Ordering::Less {
            let message = format!("`{name}` must not be negative");
            out.push(
                amount
                    .error(QUANTITY_OUT_OF_RANGE, message)
                    .help("write an amount of zero or more"),
            );
        }
    }
}

/// Requests and limits at `path` of a container.
pub fn check(container: &Cursor, path: &str, out: &mut Findings) {
    let Some(at) = container.at(path) else { return };
    pages(&at, out);
    for side in ["requests", "limits"] {
        amounts(&at, side, out);
        for (name, amount) in at.entries(side) {
            known(name, &amount, out);
            whole(name, &amount, out);
        }
    }
    for (name, request) in at.entries("requests") {
        let Some(wanted) = read(request.value()) else {
            continue;
        };
        let limit = at
            .map("limits")
            .and_then(|limits| limits.get(name))
            .and_then(read);
        let exact = !overcommits(name);
        let message = match limit {
            Some(limit) if wanted > limit => {
                format!("the request of `{name}` is larger than its limit")
            }
            Some(limit) if exact && wanted != limit => {
                format!("the request of `{name}` must equal its limit")
            }
            None if exact => format!("`{name}` needs a limit equal to its request"),
            _ => continue,
        };
        out.push(
            request
                .error(REQUEST_ABOVE_LIMIT, message)
                .help("raise the limit, or lower the request"),
        );
    }
}

/// Huge pages come in multiples of their size, beside some processor time or memory.
fn pages(at: &Cursor, out: &mut Findings) {
    let is_huge = |name: &str| name.starts_with("hugepages-");
    let sides = ["requests", "limits"];
    let has = |check: &dyn Fn(&str) -> bool| {
        sides
            .iter()
            .any(|side| at.entries(side).any(|(name, _)| check(name)))
    };
    if has(&is_huge) && !has(&|name| matches!(name, "cpu" | "memory")) {
        out.push(
            at.error(
                QUANTITY_OUT_OF_RANGE,
                "huge pages need `cpu` or `memory` beside them",
            )
            .help("add a request for `cpu` or `memory`"),
        );
    }
    for side in sides {
        for (name, amount) in at.entries(side) {
            let page = name.strip_prefix("hugepages-").and_then(Quantity::parse);
            let (Some(page), Some(wanted)) = (page, read(amount.value())) else {
                continue;
            };
            if !wanted.is_multiple_of(page) {
                let message = format!("`{name}` comes in multiples of a page");
                out.push(
                    amount
                        .error(QUANTITY_OUT_OF_RANGE, message)
                        .help("write a multiple of its size"),
                );
            }
        }
    }
}

/// Can more be promised than there is? Only for native resources other than huge pages.
pub fn overcommits(name: &str) -> bool {
    let native = !name.contains('/') || name.contains("kubernetes.io/");
    native && !name.starts_with("hugepages-")
}

/// Extended resources and huge pages come in whole units.
pub fn whole(name: &str, at: &Cursor, out: &mut Findings) {
    let Some(quantity) = read(at.value()) else {
        return;
    };
    let fine = overcommits(name) || quantity.is_whole();
    if !fine {
        let message = format!("`{name}` comes in whole units");
        out.push(
            at.error(QUANTITY_OUT_OF_RANGE, message)
                .help("write a whole number"),
        );
    }
}

/// Is it a resource of containers?
pub fn known(name: &str, at: &Cursor, out: &mut Findings) {
    let standard = matches!(name, "cpu" | "memory" | "ephemeral-storage")
        || name
            .strip_prefix("hugepages-")
            .is_some_and(|size| Quantity::parse(size).is_some())
        || (name.contains('/')
            && !name.starts_with("requests.")
            && names::qualified(name).is_none());
    if !standard {
        let message = format!("containers have no resource `{name}`");
        out.push(
            at.error(RESOURCE_UNKNOWN, message)
                .help("write `cpu`, `memory`, `ephemeral-storage` or a name with a domain"),
        );
    }
}
