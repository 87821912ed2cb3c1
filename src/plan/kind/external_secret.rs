//! ExternalSecret: where the External Secrets operator finds a secret, and what it calls its keys.
//! No secret ever stands in a manifest.

use super::{Kind, Planned};
use crate::draft::Traced;
use crate::plan::unit::Unit;
use crate::spec::field::At;
use crate::spec::language::Secret;
use crate::value::Str;

pub const KIND: Kind = Kind {
    name: "ExternalSecret",
    template: "external-secret",
    lower,
};

fn lower(unit: &Unit) -> Vec<Planned> {
    let Some(secrets) = &unit.scope.environment.spec.secrets else {
        return Vec::new();
    };
    let Some(store) = &secrets.store else {
        return Vec::new();
    };
    let refresh = match &secrets.refresh {
        Some(at) => Traced::from(at.value.to_string()).at(at.span),
        None => Traced::from("1h").by_default("refresh"),
    };
    let prefix = secrets.prefix.as_ref().map_or("", |at| at.value.as_str());
    let one = |(name, secret): &(At<Str>, Secret)| {
        let path = secret.path.as_ref()?;
        let remote = Traced::from(format!("{prefix}{}", path.value.as_str())).at(path.span);
        let context = unit
            .context(&unit.suffixed(&name.value))
            .with("storeKind", Traced::from(store.value.kind()).at(store.span))
            .with("storeName", Traced::from(store.value.name()).at(store.span))
            .with("refresh", refresh.clone())
            .with("remote", remote)
            .with("keys", keys(secret));
        Some(unit.planned("external-secret", &name.value, context))
    };
    unit.spec().secret.0.iter().filter_map(one).collect()
}

/// Each variable and each file is a key of the Secret.
fn keys(secret: &Secret) -> Traced {
    let variables = secret
        .env
        .0
        .iter()
        .map(|(name, key)| (&name.value.0, name.span, key));
    let files = secret
        .file
        .0
        .iter()
        .map(|(name, key)| (&name.value.0, name.span, key));
    let keys = variables.chain(files).map(|(name, span, key)| {
        Traced::from([
            ("key", Traced::from(name).at(span)),
            ("property", Traced::from(&key.value.0).at(key.span)),
        ])
    });
    Traced::from(keys.collect::<Vec<_>>())
}
