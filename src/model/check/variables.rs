//! Environment variables: each is set in one way.

use std::collections::BTreeMap;

use super::{DUPLICATE_VARIABLE, services};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Fleet, Service};
use crate::source::{SourceTree, Span};

pub fn check(fleet: &Fleet, _: &SourceTree, diags: &mut Diagnostics) {
    for (_, service) in services(fleet) {
        let mut seen: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
        for (name, by, span) in variables(service) {
            match seen.get(name) {
                Some((first_by, first)) => diags.push(
                    Diagnostic::error(
                        DUPLICATE_VARIABLE,
                        format!("`{name}` is set by {first_by} and by {by}"),
                    )
                    .at(span, format!("set by {by}"))
                    .at(*first, format!("set by {first_by}"))
                    .help("remove one of them, or rename it"),
                ),
                None => {
                    seen.insert(name, (by, span));
                }
            }
        }
    }
}

/// Name, what sets it, and where. Each source alone has every name once.
fn variables(service: &Service) -> Vec<(&str, &'static str, Span)> {
    let spec = &service.spec;
    let calls = spec.calls.0.iter().filter_map(|(_, variable)| {
        let variable = variable.as_ref()?;
        Some((variable.value.as_str(), "`calls`", variable.span))
    });
    let secrets = spec.secret.0.iter().flat_map(|(_, secret)| {
        let names = secret.env.0.iter();
        names.map(|(name, _)| (name.value.as_str(), "`secret`", name.span))
    });
    let config = spec.config.0.iter();
    let config = config.map(|(name, _)| (name.value.as_str(), "`config`", name.span));
    calls.chain(secrets).chain(config).collect()
}
