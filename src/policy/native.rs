//! Checks that neither a schema nor an expression can say: registries, and secrets in clear text.

use super::rule::Breach;
use super::schema::Subject;
use super::view::repository;
use crate::model::Fleet;
use crate::plan::analysis::caller;
use crate::plan::call;
use crate::plan::unit::Unit;
use crate::source::Span;
use crate::value::{Value, pointer_step};

/// What one of these checks found: a place, and a fact about it.
pub struct Found {
    pub span: Span,
    pub note: String,
}

/// Images whose registry is not among the fleet's, where the fleet names some.
pub fn registries(unit: &Unit) -> Vec<Found> {
    let spec = unit.spec();
    let beside = spec.init.0.iter().chain(&spec.sidecar.0);
    let beside = beside.filter_map(|(_, container)| {
        let image = container.image.as_ref()?;
        Some((image.value.0.to_string(), image.span))
    });
    let calls = call::called(unit).and_then(|_| caller(unit));
    let calls = calls.map(|at| (at.value.0.to_string(), at.span));
    let all = repository(unit).into_iter().chain(beside).chain(calls);
    all.filter_map(|(image, span)| {
        let note = foreign(&image, unit.scope.fleet)?;
        Some(Found { span, note })
    })
    .collect()
}

/// The same for a pod.
pub fn registries_of(subject: &Subject, fleet: &Fleet) -> Vec<Breach> {
    let containers = subject.containers().unwrap_or_default();
    let containers = containers.into_iter().enumerate();
    containers
        .filter_map(|(at, container)| {
            let note = foreign(container.get("image")?.as_str()?, fleet)?;
            Some(Breach::at(format!("/containers/{at}/image"), note))
        })
        .collect()
}

/// What is wrong with an image that comes from none of the fleet's registries.
fn foreign(image: &str, fleet: &Fleet) -> Option<String> {
    let allowed = &fleet.spec.registries.0;
    let image = full(image);
    let is_allowed = allowed.iter().any(|at| {
        let prefix = at.value.as_str().trim_end_matches('/');
        let rest = image.strip_prefix(prefix);
        rest.is_some_and(|rest| rest.starts_with('/'))
    });
    if allowed.is_empty() || is_allowed {
        return None;
    }
    let registry = image.split('/').next().unwrap_or(&image);
    Some(format!("it comes from `{registry}`"))
}

/// An image without a registry is one of Docker Hub. Source: distribution/reference,
/// `splitDockerDomain`.
fn full(image: &str) -> String {
    match image.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => image.to_string(),
        Some(_) => format!("docker.io/{image}"),
        None => format!("docker.io/library/{image}"),
    }
}

/// Variables that hold a secret.
pub fn secrets(unit: &Unit) -> Vec<Found> {
    let spec = unit.spec();
    let others = spec.init.0.iter().chain(&spec.sidecar.0);
    let others = others.flat_map(|(_, container)| &container.config.0);
    let all = spec.config.0.iter().chain(others);
    all.filter_map(|(name, value)| {
        let why = suspicion(name.value.as_str(), value.value.as_str())?;
        Some(Found {
            span: value.span,
            note: format!("`{}`: {why}", name.value.as_str()),
        })
    })
    .collect()
}

/// Secrets in an object: the content of a Secret, and what looks like one in a ConfigMap, or in
/// the variables and arguments of a pod.
pub fn secrets_of(subject: &Subject) -> Vec<Breach> {
    let mut found = Vec::new();
    if let Some(containers) = subject.containers() {
        for (at, container) in containers.into_iter().enumerate() {
            in_container(&format!("/containers/{at}"), container, &mut found);
        }
        return found;
    }
    let view = subject.value();
    match view.get("kind").and_then(Value::as_str).unwrap_or("") {
        "Secret" => {
            for field in ["data", "stringData"] {
                in_entries(view, field, &mut found, |_, value| {
                    let why = "whatever a Secret holds is one, and base64 hides nothing";
                    (!value.is_empty()).then_some(why)
                });
            }
        }
        _ => in_entries(view, "data", &mut found, suspicion),
    }
    found
}

fn in_entries(
    view: &Value,
    field: &str,
    found: &mut Vec<Breach>,
    why: impl Fn(&str, &str) -> Option<&'static str>,
) {
    let entries = view.get(field).and_then(Value::as_map);
    for (key, value) in entries.into_iter().flat_map(|map| map.iter()) {
        if let Some(why) = value.as_str().and_then(|value| why(key, value)) {
            let pointer = format!("/{field}/{}", pointer_step(key));
            found.push(Breach::at(pointer, format!("`{key}`: {why}")));
        }
    }
}

fn in_container(pointer: &str, container: &Value, found: &mut Vec<Breach>) {
    let list = |field| {
        container
            .get(field)
            .and_then(Value::as_list)
            .unwrap_or_default()
    };
    for (at, variable) in list("env").iter().enumerate() {
        let text = |key| variable.get(key).and_then(Value::as_str).unwrap_or("");
        if let Some(why) = suspicion(text("name"), text("value")) {
            let note = format!("`{}`: {why}", text("name"));
            found.push(Breach::at(format!("{pointer}/env/{at}/value"), note));
        }
    }
    for field in ["command", "args"] {
        let texts = list(field).iter().enumerate();
        for (at, text) in texts.filter_map(|(at, text)| Some((at, text.as_str()?))) {
            let (name, value) = text.split_once('=').unwrap_or(("", text));
            if let Some(why) = suspicion(name.trim_start_matches('-'), value) {
                let note = format!("`{field}`: {why}");
                found.push(Breach::at(format!("{pointer}/{field}/{at}"), note));
            }
        }
    }
}

const NAMES: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "CREDENTIAL",
    "CREDENTIALS",
    "PWD",
];
const PAIRS: &[(&str, &str)] = &[
    ("API", "KEY"),
    ("ACCESS", "KEY"),
    ("PRIVATE", "KEY"),
    ("SIGNING", "KEY"),
    ("ENCRYPTION", "KEY"),
];
/// Last words of names that only speak about a secret.
const ABOUT: &[&str] = &[
    "FILE", "PATH", "DIR", "NAME", "URL", "URI", "ENDPOINT", "HOST", "TTL", "TIMEOUT", "EXPIRY",
    "LENGTH", "ENABLED", "HEADER", "ISSUER", "TYPE", "ID", "COUNT", "LIMIT", "ADDR",
];
const PREFIXES: &[&str] = &[
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "AKIA",
    "ASIA",
    "sk_live_",
    "rk_live_",
    "AIza",
    "npm_",
    "hf_",
    "dop_v1_",
    "SG.",
    "sk-ant-",
    "sk-proj-",
    "hvs.",
];

/// Why a variable looks like a secret.
pub fn suspicion(name: &str, value: &str) -> Option<&'static str> {
    if value.contains("-----BEGIN") && value.contains("PRIVATE KEY") {
        return Some("its value is a private key");
    }
    let known = |prefix: &&&str| value.starts_with(**prefix) && value.len() >= prefix.len() + 12;
    if PREFIXES.iter().find(known).is_some() || is_json_web_token(value) {
        return Some("its value has the form of a token");
    }
    if has_credentials(value) {
        return Some("its value is a URL with a password");
    }
    if is_random(value) {
        return Some("its value looks random");
    }
    (names_a_secret(name) && is_literal(value)).then_some("its name says that it is a secret")
}

fn names_a_secret(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let words: Vec<_> = upper
        .split(['_', '-', '.'])
        .filter(|word| !word.is_empty())
        .collect();
    let about = words.last().is_some_and(|last| ABOUT.contains(last));
    let single = words.iter().any(|word| NAMES.contains(word));
    let pair = words
        .windows(2)
        .any(|pair| PAIRS.contains(&(pair[0], pair[1])));
    !about && (single || pair)
}

/// Neither empty nor a flag, a number or a path.
fn is_literal(value: &str) -> bool {
    let flag = ["true", "false", "none", "null", "disabled", "enabled"]
        .contains(&value.to_ascii_lowercase().as_str());
    let number = value.len() < 6 && value.bytes().all(|b| b.is_ascii_digit());
    !(value.trim().is_empty() || flag || number || value.starts_with('/'))
}

fn is_json_web_token(value: &str) -> bool {
    let parts: Vec<_> = value.split('.').collect();
    parts.len() == 3 && value.starts_with("eyJ") && parts[1].len() > 8
}

fn has_credentials(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    user.split_once(':')
        .is_some_and(|(_, password)| !password.is_empty() && !password.starts_with('$'))
}

/// Long, of letters in both cases and digits, and without repetition: more than four bits a letter.
fn is_random(value: &str) -> bool {
    let alphabet = |b: u8| b.is_ascii_alphanumeric() || b"+/=_-".contains(&b);
    let mixed = [
        u8::is_ascii_lowercase,
        u8::is_ascii_uppercase,
        u8::is_ascii_digit,
    ];
    (24..=512).contains(&value.len())
        && value.bytes().all(alphabet)
        && !value.starts_with('/')
        && mixed.iter().all(|is| value.bytes().any(|b| is(&b)))
        && entropy(value) > 4.0
}

/// Shannon's, in bits for each byte.
fn entropy(value: &str) -> f64 {
    let mut counts = [0u32; 256];
    value
        .bytes()
        .for_each(|byte| counts[usize::from(byte)] += 1);
    let total = value.len() as f64;
    let share = |count: &u32| f64::from(*count) / total;
    let used = counts.iter().filter(|count| **count > 0);
    used.map(share).map(|share| -share * share.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::suspicion;

    #[test]
    fn secrets_are_told_from_what_speaks_about_them() {
        for (name, value) in [
            ("DB_PASSWORD", "hunter2"),
            ("API_KEY", "abc-def"),
            ("X", "ghp_0123456789abcdefghij"),
            ("DATABASE", "postgres://shop:pw@db:5432/shop"),
            ("X", "-----BEGIN RSA PRIVATE KEY-----"),
            ("X", "eyJhbGciOi.eyJzdWIiOiIx.c2ln"),
            ("SALT", "q8Zx3LmP0vB7nTt2KsWd9RfG"),
        ] {
            assert!(suspicion(name, value).is_some(), "{name}={value}");
        }
        for (name, value) in [
            ("PASSWORD_FILE", "/run/secrets/db"),
            ("TOKEN_URL", "https://idp.example.com/token"),
            ("TOKEN_TTL", "15m"),
            ("SECRETS_ENABLED", "true"),
            ("KEYBOARD", "qwerty"),
            ("PASSWORD", ""),
            ("REQUIRE_TOKEN", "true"),
            ("DATABASE", "postgres://db:5432/shop"),
            ("COMMIT", "0123456789abcdef0123456789abcdef01234567"),
            ("IMAGE", "registry.example.com/shop/cart"),
        ] {
            assert_eq!(suspicion(name, value), None, "{name}={value}");
        }
    }
}
