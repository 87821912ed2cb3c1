//! Containers beside the service's own: each has an image and a name of its own.

use super::{DUPLICATE_PART, missing, services};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Fleet;
use crate::source::{SourceTree, Span};

pub fn check(fleet: &Fleet, _: &SourceTree, diags: &mut Diagnostics) {
    for (_, service) in services(fleet) {
        let mut names: Vec<(&str, Span)> = vec![(&service.name.text, service.name.span)];
        let groups = [
            ("init", &service.spec.init),
            ("sidecar", &service.spec.sidecar),
        ];
        for (word, containers) in groups {
            for (name, container) in &containers.0 {
                if container.image.is_none() {
                    let what = format!("the {word} container `{}` has no image", name.value);
                    let write = "image \"docker.io/library/busybox:1.38.0@sha256:…\"";
                    diags.push(missing(name.span, what, write));
                }
                let first = names.iter().find(|(other, _)| *other == name.value);
                if let Some((_, first)) = first {
                    diags.push(twice(&name.value, name.span, *first));
                }
                names.push((&name.value, name.span));
            }
        }
    }
}

fn twice(name: &str, second: Span, first: Span) -> Diagnostic {
    Diagnostic::error(
        DUPLICATE_PART,
        format!("two containers are called `{name}`"),
    )
    .at(second, "called so again")
    .at(first, "called so first")
    .help("rename one of them")
}
