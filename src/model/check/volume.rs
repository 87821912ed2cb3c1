//! Volumes: each has a place and one source.

use super::{DUPLICATE_PART, EXCLUSIVE_FIELDS, USELESS_FIELD, missing, services};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::layers::unknown;
use crate::model::{Fleet, Service};
use crate::source::{SourceTree, Span};
use crate::spec::language::Volume;
use crate::spec::problem::MISSING_FIELD;
use crate::spec::scalar::one_of;

pub fn check(fleet: &Fleet, _: &SourceTree, diags: &mut Diagnostics) {
    for (_, service) in services(fleet) {
        for (name, volume) in &service.spec.volume.0 {
            if volume.mount.is_none() {
                let what = format!("the volume `{}` is mounted nowhere", name.value);
                let write = format!("volume \"{}\" mount=\"/data\"", name.value);
                diags.push(missing(name.span, what, &write));
            }
            source(&name.value, volume, diags);
            secret(service, volume, diags);
        }
        mounts(service, diags);
    }
}

fn sources(volume: &Volume) -> Vec<(&'static str, Span)> {
    [
        volume.claim.as_ref().map(|at| ("claim", at.span)),
        volume.existing.as_ref().map(|at| ("existing", at.span)),
        volume.secret.as_ref().map(|at| ("secret", at.span)),
        volume.config.as_ref().map(|at| ("config", at.span)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn source(name: &str, volume: &Volume, diags: &mut Diagnostics) {
    let sources = sources(volume);
    if sources.len() > 1 {
        let words: Vec<_> = sources.iter().map(|(word, _)| *word).collect();
        let words = one_of(&words).replace(" or ", " and ");
        let message = format!("the volume `{name}` has several sources: {words}");
        let finding = sources.iter().fold(
            Diagnostic::error(EXCLUSIVE_FIELDS, message),
            |finding, (word, span)| finding.at(*span, format!("from {word}")),
        );
        diags.push(finding.help("keep one of them, or make two volumes"));
    }
    let sized = matches!(sources[..], [] | [("claim", _)]);
    if let Some(size) = volume.size.as_ref().filter(|_| !sized) {
        diags.push(
            Diagnostic::error(
                USELESS_FIELD,
                format!("the volume `{name}` takes its size from its source"),
            )
            .at(size.span, "has no effect")
            .help("remove it"),
        );
    }
}

fn secret(service: &Service, volume: &Volume, diags: &mut Diagnostics) {
    let Some(secret) = &volume.secret else { return };
    let named = secret.value.as_str();
    let secrets = &service.spec.secret.0;
    match secrets.iter().find(|(name, _)| name.value == named) {
        None => {
            let names = secrets.iter().map(|(name, _)| name.value.as_str());
            diags.push(unknown(
                "secret of this service called",
                named,
                secret.span,
                names,
            ));
        }
        Some((name, content)) if content.file.0.is_empty() => diags.push(
            Diagnostic::error(
                MISSING_FIELD,
                format!("the secret `{named}` has no files to mount"),
            )
            .at(secret.span, "would be an empty directory")
            .at(name.span, "names no `file`")
            .help(format!(
                "write `secret \"{named}\" … {{ file \"tls.crt\"=\"<key>\" }}`"
            )),
        ),
        Some(_) => {}
    }
}

fn mounts(service: &Service, diags: &mut Diagnostics) {
    let mounts: Vec<_> = service
        .spec
        .volume
        .0
        .iter()
        .filter_map(|(_, volume)| volume.mount.as_ref())
        .collect();
    for (at, mount) in mounts.iter().enumerate() {
        let path = mount.value.as_str().trim_end_matches('/');
        let same = |other: &&&_| -> bool {
            let other: &crate::spec::field::At<crate::spec::text::MountPath> = other;
            other.value.as_str().trim_end_matches('/') == path
        };
        if let Some(first) = mounts[..at].iter().find(same) {
            diags.push(
                Diagnostic::error(
                    DUPLICATE_PART,
                    format!("two volumes are mounted at `{path}`"),
                )
                .at(mount.span, "mounted here again")
                .at(first.span, "mounted here first")
                .help("mount them in different directories"),
            );
        }
    }
}
