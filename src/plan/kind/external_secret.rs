//! ExternalSecret: where the External Secrets operator finds a secret, and what it calls its keys.
//! No secret ever stands in a manifest.

use super::{Kind, Planned};
use crate::draft::Traced;
use crate::plan::login::{KEY, SUFFIX, login, text};
use crate::plan::unit::Unit;
use crate::spec::field::At;
use crate::spec::language::{Login, Secret};
use crate::spec::text::{Line, SecretPath};
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
    let base = |name: &str, path: &At<SecretPath>| {
        let prefix = secrets.prefix.as_ref().map_or("", |at| at.value.as_str());
        let remote = Traced::from(format!("{prefix}{}", path.value.as_str())).at(path.span);
        let refresh = match &secrets.refresh {
            Some(at) => Traced::from(at.value.to_string()).at(at.span),
            None => Traced::from("1h").by_default("refresh"),
        };
        unit.context(&unit.suffixed(name))
            .with("storeKind", Traced::from(store.value.kind()).at(store.span))
            .with("storeName", Traced::from(store.value.name()).at(store.span))
            .with("refresh", refresh)
            .with("remote", remote)
    };
    let one = |(name, secret): &(At<Str>, Secret)| {
        let context = base(&name.value, secret.path.as_ref()?)
            .with("header", Traced::default())
            .with("keys", keys(secret));
        Some(unit.planned(KIND.template, &name.value, context))
    };
    let of_login = |login: &Login| {
        let (header, keys) = text(login)?;
        let keys = keys
            .into_iter()
            .map(|(key, property)| pair(Traced::from(key).at(property.span), property));
        let context = base(SUFFIX, login.path.as_ref()?)
            .with("headerKey", KEY)
            .with("header", Traced::from(header).at(login.span))
            .with("keys", keys.collect::<Vec<_>>());
        Some(unit.planned(KIND.template, SUFFIX, context))
    };
    let own = unit.spec().secret.0.iter().filter_map(one);
    own.chain(login(unit).and_then(of_login)).collect()
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
    let keys = variables
        .chain(files)
        .map(|(name, span, key)| pair(Traced::from(name).at(span), key));
    Traced::from(keys.collect::<Vec<_>>())
}

/// A key of the Secret, and what it is in the store.
fn pair(key: Traced, property: &At<Line>) -> Traced {
    let property = Traced::from(&property.value.0).at(property.span);
    Traced::from([("key", key), ("property", property)])
}
