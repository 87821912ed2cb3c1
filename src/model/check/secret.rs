//! Secrets: where they lie, who gets them, and that the environment has a store.

use super::{NO_STORE, USELESS_FIELD, missing, services};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Environment, Fleet, Service};
use crate::source::SourceTree;

pub fn check(fleet: &Fleet, _: &SourceTree, diags: &mut Diagnostics) {
    for (environment, service) in services(fleet) {
        for (name, secret) in &service.spec.secret.0 {
            let name_text = &name.value;
            if secret.path.is_none() {
                let what = format!("the secret `{name_text}` does not say where it lies");
                let write = format!("secret \"{name_text}\" path=\"payments/{name_text}\"");
                diags.push(missing(name.span, what, &write));
            }
            if secret.env.0.is_empty() && secret.file.0.is_empty() {
                let what = format!("the secret `{name_text}` goes nowhere");
                diags.push(missing(name.span, what, "env STRIPE_KEY=\"api_key\""));
            }
        }
        files(service, diags);
        store(environment, service, diags);
    }
}

/// Files of a secret need a volume that mounts them.
fn files(service: &Service, diags: &mut Diagnostics) {
    for (name, secret) in &service.spec.secret.0 {
        let is_mounted = service.spec.volume.0.iter().any(|(_, volume)| {
            let source = volume.secret.as_ref();
            source.is_some_and(|source| source.value.0 == name.value)
        });
        if let Some((file, _)) = secret.file.0.first().filter(|_| !is_mounted) {
            diags.push(
                Diagnostic::error(
                    USELESS_FIELD,
                    format!("no volume mounts the files of the secret `{}`", name.value),
                )
                .at(file.span, "the container never sees it")
                .help(format!(
                    "write `volume \"{0}\" mount=\"/etc/{0}\" secret=\"{0}\"`",
                    name.value
                )),
            );
        }
    }
}

fn store(environment: &Environment, service: &Service, diags: &mut Diagnostics) {
    let Some((first, _)) = service.spec.secret.0.first() else {
        return;
    };
    if environment.spec.secrets.is_none() {
        diags.push(
            Diagnostic::error(
                NO_STORE,
                format!(
                    "`{}` takes secrets, and `{}` has no store",
                    service.name.text, environment.name.text
                ),
            )
            .at(first.span, "taken here")
            .at(environment.name.span, "no `secrets` here")
            .help("write `secrets store=\"ClusterSecretStore/vault\"` in the environment"),
        );
    }
}
