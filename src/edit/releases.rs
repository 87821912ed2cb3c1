//! Sets what runs in an environment: one entry of its `releases.yaml`.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Fleet;
use crate::model::check::release::not_a_tag;
use crate::model::layers::{UNKNOWN_NAME, unknown_word};
use crate::source::{FileId, SourceFile, SourceTree, Span};
use crate::spec::document::{self, Role};
use crate::spec::field::Struct;
use crate::spec::shape::{Datum, Kind};
use crate::spec::{language, text};
use crate::syntax::kdl::edit::replace;
use crate::syntax::{Scalar, Yaml, YamlKind, yaml};

crate::codes! {
    /// A service is released by version and digest, because a version alone may be pushed again
    /// with other content. Components have no digest: their chart or directory has none. For
    /// example `tiphys release production cart 1.8.2@sha256:4f53…`, and
    /// `tiphys release production ingress-nginx 4.13.0`.
    RELEASE_DIGEST = "release-digest": "a release with a digest too few or too many";
    /// The layout of `releases.yaml` is one that Tiphys cannot change in place without touching
    /// other entries: for example a comment within the braces of an entry. Nothing was written.
    /// Write the entry on a line of its own, as the help shows it.
    RELEASES_LAYOUT = "releases-layout": "a releases file that cannot be edited in place";
}

/// A version, and the digest of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    pub version: String,
    pub digest: Option<String>,
}

impl std::fmt::Display for Release {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.digest {
            Some(digest) => write!(f, "{}@{digest}", self.version),
            None => f.write_str(&self.version),
        }
    }
}

impl Release {
    /// Reads `1.8.2` or `1.8.2@sha256:…`; the error says what is wrong.
    pub fn parse(text: &str) -> Result<Release, String> {
        use crate::spec::scalar::Scalar as _;
        let (version, digest) = match text.split_once('@') {
            Some((version, digest)) => (version, Some(digest)),
            None => (text, None),
        };
        let wrong = |text: &str, what: &str, why: String| format!("`{text}` is not {what}: {why}");
        text::Version::parse(version).map_err(|why| wrong(version, "a version", why))?;
        if let Some(digest) = digest {
            text::Digest::parse(digest).map_err(|why| wrong(digest, "a digest", why))?;
        }
        Ok(Release {
            version: version.to_string(),
            digest: digest.map(str::to_string),
        })
    }
}

/// What an edit came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub path: String,
    /// The file as it should be; it is as it was where `before` is the new release.
    pub text: String,
    pub before: Option<Release>,
}

/// `releases.yaml` of `environment` with `release` as the entry of `name`.
///
/// `sources` are those that `fleet` was resolved from. Fails where the names are unknown, where
/// the digest does not fit, and where the file cannot be read as it is.
pub fn set(
    sources: &SourceTree,
    fleet: &Fleet,
    environment: &str,
    name: &str,
    release: &Release,
) -> Result<Edit, Vec<Diagnostic>> {
    check(sources, fleet, environment, name, release).map_err(|finding| vec![*finding])?;
    let path = path(sources, environment);
    let (old, entries) = match sources.find(&path) {
        Some(file) => {
            let text = sources.text(file).to_string();
            (text, entries(sources, file, environment)?)
        }
        None => Default::default(),
    };
    let before = entries.iter().find(|(key, _)| key == name);
    let before = before.map(|(_, release)| release.clone());
    if before.as_ref() == Some(release) {
        let text = old;
        return Ok(Edit { path, text, before });
    }
    let text = edited(&old, name, release);
    let mut wanted: Vec<_> = entries.into_iter().filter(|(key, _)| key != name).collect();
    wanted.push((name.to_string(), release.clone()));
    wanted.sort_by(|a, b| a.0.cmp(&b.0));
    let new = SourceTree::new([SourceFile {
        path: path.clone(),
        text: text.clone(),
    }]);
    let mut found = self::entries(&new, FileId(0), environment).unwrap_or_default();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    if found != wanted {
        let message = format!("`{path}` cannot be edited in place");
        return Err(vec![
            Diagnostic::error(RELEASES_LAYOUT, message)
                .help(format!("write the entry as `{}`", entry(name, release))),
        ]);
    }
    Ok(Edit { path, text, before })
}

fn path(sources: &SourceTree, environment: &str) -> String {
    let path = format!("environments/{environment}/releases");
    match sources.find(&format!("{path}.yml")) {
        Some(_) => format!("{path}.yml"),
        None => format!("{path}.yaml"),
    }
}

/// The names are known, and the digest fits.
fn check(
    sources: &SourceTree,
    fleet: &Fleet,
    environment: &str,
    name: &str,
    release: &Release,
) -> Result<(), Box<Diagnostic>> {
    let found = fleet
        .environments
        .iter()
        .find(|one| one.name.text == environment);
    let Some(found) = found else {
        let names = fleet.environments.iter().map(|one| one.name.text.as_str());
        return Err(Box::new(unknown_word("environment", environment, names)));
    };
    let wrong = |message: String, help: &str| {
        Err(Box::new(
            Diagnostic::error(RELEASE_DIGEST, message).help(help),
        ))
    };
    match (found.service(name), found.installed(name), &release.digest) {
        (None, None, _) if let Some(word) = defined(sources, fleet, environment, name) => {
            let message = format!("`{name}` is defined and does not run in `{environment}`");
            let help = format!("write `{word} \"{name}\"` in the environment");
            Err(Box::new(
                Diagnostic::error(UNKNOWN_NAME, message).help(help),
            ))
        }
        (None, None, _) => {
            let services = found.services.iter().map(|one| one.name.text.as_str());
            let installs = found.installs.iter().map(|one| one.name.text.as_str());
            let what = format!("service or component in `{environment}` named");
            let names = services.chain(installs);
            Err(Box::new(unknown_word(&what, name, names)))
        }
        (Some(_), _, None) => wrong(
            format!("the release of `{name}` names no digest"),
            "write `<version>@sha256:<digest>`; `docker buildx imagetools inspect` shows it",
        ),
        (None, Some(_), Some(_)) => wrong(
            format!("`{name}` is a component, and a component has no digest"),
            "name the version of its chart or the revision of its directory alone",
        ),
        (Some(_), ..) => match not_a_tag(name, &release.version) {
            Some(finding) => Err(Box::new(finding)),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// What an environment writes to run a service or component that is defined.
fn defined(
    sources: &SourceTree,
    fleet: &Fleet,
    environment: &str,
    name: &str,
) -> Option<&'static str> {
    let folders = [
        "environments".to_string(),
        format!("environments/{environment}"),
    ];
    let is_there = |stem: &String| {
        let mut endings = ["kdl", "yaml", "yml"].iter();
        endings.any(|ending| {
            sources
                .find(&format!("{stem}/services/{name}.{ending}"))
                .is_some()
        })
    };
    match fleet.components.contains_key(name) {
        true => Some("install"),
        false => folders.iter().any(is_there).then_some("deploy"),
    }
}

/// Every entry of a releases file, as the language reads it.
fn entries(
    sources: &SourceTree,
    file: FileId,
    environment: &str,
) -> Result<Vec<(String, Release)>, Vec<Diagnostic>> {
    let mut diags = Diagnostics::new();
    let role = Role::Releases(environment.into());
    let document = document::read(sources, file, role, &mut diags);
    if diags.has_errors() {
        return Err(diags.into_sorted());
    }
    let Some(Datum {
        kind: Kind::Map(entries),
        ..
    }) = document.map(|document| document.datum)
    else {
        return Ok(Vec::new());
    };
    let entries = entries.iter().map(|(key, datum)| {
        let release = language::Release::read_struct(datum);
        let version = release.version.map(|at| at.value.as_str().to_string());
        let release = Release {
            version: version.unwrap_or_default(),
            digest: release.digest.map(|at| at.value.as_str().to_string()),
        };
        (key.text.to_string(), release)
    });
    Ok(entries.collect())
}

/// The text with one entry set. What cannot be edited in place is left for the check behind.
fn edited(text: &str, name: &str, release: &Release) -> String {
    let tree = yaml::read(FileId(0), text, &mut Diagnostics::new());
    let Some(Yaml {
        kind: YamlKind::Map(entries),
        span,
    }) = &tree
    else {
        return appended(text, &entry(name, release), newline(text));
    };
    let is_flow = text
        .get(span.start as usize..)
        .is_some_and(|rest| rest.starts_with('{'));
    match entries.iter().find(|(key, _)| key.text == name) {
        Some((key, value)) => changed(text, key, value, release),
        None => inserted(text, entries, is_flow.then_some(*span), name, release),
    }
    .unwrap_or_else(|| text.to_string())
}

fn newline(text: &str) -> &'static str {
    match text.contains("\r\n") {
        true => "\r\n",
        false => "\n",
    }
}

fn content(release: &Release) -> String {
    match &release.digest {
        Some(digest) => format!("{{version: \"{}\", digest: \"{digest}\"}}", release.version),
        None => format!("{{version: \"{}\"}}", release.version),
    }
}

fn entry(name: &str, release: &Release) -> String {
    const WORDS: &[&str] = &["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    match WORDS.contains(&name) {
        true => format!("\"{name}\": {}", content(release)),
        false => format!("{name}: {}", content(release)),
    }
}

fn appended(text: &str, entry: &str, newline: &str) -> String {
    let gap = match text.is_empty() || text.ends_with('\n') {
        true => "",
        false => newline,
    };
    format!("{text}{gap}{entry}{newline}")
}

/// Sets the values where they stand; where one is missing, the whole content of the entry.
fn changed(text: &str, key: &Scalar, value: &Yaml, release: &Release) -> Option<String> {
    let fields = match &value.kind {
        YamlKind::Map(fields) => &fields[..],
        _ => &[],
    };
    let place = |name: &str| {
        let found = fields.iter().find(|(key, _)| key.text == name);
        found.map(|(_, value)| value.span)
    };
    let quoted = |text: &str| format!("\"{text}\"");
    let mut edits = match (place("version"), place("digest"), &release.digest) {
        (Some(version), Some(at), Some(digest)) => {
            vec![(version, quoted(&release.version)), (at, quoted(digest))]
        }
        (Some(version), None, None) => vec![(version, quoted(&release.version))],
        _ => {
            let end = end(text, value, fields)?;
            let whole = Span::new(key.span.file, key.span.end as usize, end);
            vec![(whole, format!(": {}", content(release)))]
        }
    };
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    edits
        .into_iter()
        .try_fold(text.to_string(), |text, (span, new)| {
            replace(&text, span, &new)
        })
}

/// Where an entry ends: its brace, or its last value.
fn end(text: &str, value: &Yaml, fields: &[(Scalar, Yaml)]) -> Option<usize> {
    let last = fields
        .last()
        .map_or(value.span.start, |(_, value)| value.span.end);
    let is_flow = text.get(value.span.start as usize..)?.starts_with('{');
    match is_flow {
        true => Some(last as usize + text.get(last as usize..)?.find('}')? + 1),
        false => Some(last as usize),
    }
}

/// Adds an entry behind the last one whose name is smaller.
fn inserted(
    text: &str,
    entries: &[(Scalar, Yaml)],
    flow: Option<Span>,
    name: &str,
    release: &Release,
) -> Option<String> {
    let new = entry(name, release);
    let before = entries
        .iter()
        .rev()
        .find(|(key, _)| key.text.as_str() < name);
    let at = |byte: usize| Span::new(FileId(0), byte, byte);
    let newline = newline(text);
    match (flow, before, entries.first()) {
        (Some(span), _, None) => replace(text, span, &new),
        (Some(_), Some((_, value)), _) => {
            replace(text, at(value.span.end as usize), &format!(", {new}"))
        }
        (Some(_), None, Some((key, _))) => {
            replace(text, at(key.span.start as usize), &format!("{new}, "))
        }
        (None, Some((_, value)), _) => {
            let behind = text.get(value.span.end as usize..)?;
            match behind.find('\n') {
                Some(end) => {
                    let place = at(value.span.end as usize + end + 1);
                    replace(text, place, &format!("{new}{newline}"))
                }
                None => Some(appended(text, &new, newline)),
            }
        }
        (None, None, Some((key, _))) => replace(
            text,
            at(key.span.start as usize),
            &format!("{new}{newline}"),
        ),
        (None, None, None) => Some(appended(text, &new, newline)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(text: &str) -> Release {
        Release::parse(text).unwrap()
    }

    fn digest(digit: char) -> String {
        format!("sha256:{}", String::from(digit).repeat(64))
    }

    /// Old text, name, release, new text; `A` and `B` stand for two digests.
    const CASES: &[(&str, &str, &str, &str)] = &[
        (
            "# Ours.\na: {version: '1', digest: A} # note\nb: {version: \"1\"}\n",
            "a",
            "2@B",
            "# Ours.\na: {version: \"2\", digest: \"B\"} # note\nb: {version: \"1\"}\n",
        ),
        (
            "a:\n    # why\n    digest: A\n    version: '1'\n\nb: {version: \"1\"}\n",
            "a",
            "2@B",
            "a:\n    # why\n    digest: \"B\"\n    version: \"2\"\n\nb: {version: \"1\"}\n",
        ),
        ("c: {version: \"1\"}\n", "c", "2", "c: {version: \"2\"}\n"),
        (
            "c: {version: \"1\"} # x\n",
            "c",
            "2@A",
            "c: {version: \"2\", digest: \"A\"} # x\n",
        ),
        ("", "c", "2", "c: {version: \"2\"}\n"),
        ("# Ours.", "c", "2", "# Ours.\nc: {version: \"2\"}\n"),
        ("{}\n", "c", "2", "c: {version: \"2\"}\n"),
        (
            "# Ours.\nb: {version: \"1\"}\r\n",
            "a",
            "2",
            "# Ours.\na: {version: \"2\"}\r\nb: {version: \"1\"}\r\n",
        ),
        (
            "a: {version: \"1\"} # x\n# about d\nd: {version: \"1\"}",
            "b",
            "2",
            "a: {version: \"1\"} # x\nb: {version: \"2\"}\n# about d\nd: {version: \"1\"}",
        ),
        (
            "a: {version: \"1\"}",
            "on",
            "2",
            "a: {version: \"1\"}\n\"on\": {version: \"2\"}\n",
        ),
        (
            "{a: {version: \"1\"}, d: {version: \"1\"}}\n",
            "b",
            "2",
            "{a: {version: \"1\"}, b: {version: \"2\"}, d: {version: \"1\"}}\n",
        ),
    ];

    #[test]
    fn one_entry_changes_and_every_other_byte_stays() {
        for (old, name, set, new) in CASES {
            let fill = |text: &str| text.replace('A', &digest('a')).replace('B', &digest('b'));
            let (old, new) = (fill(old), fill(new));
            assert_eq!(edited(&old, name, &release(&fill(set))), new, "{old}");
            let tree = SourceTree::new([SourceFile {
                path: "environments/x/releases.yaml".into(),
                text: new.clone(),
            }]);
            let found = entries(&tree, FileId(0), "x").unwrap();
            let entry = found.iter().find(|(key, _)| key == name).unwrap();
            assert_eq!(entry.1, release(&fill(set)));
        }
    }

    #[test]
    fn a_release_is_a_version_and_perhaps_a_digest() {
        assert_eq!(release("1.8.2").digest, None);
        let both = format!("1.8.2@{}", digest('0'));
        assert_eq!(release(&both).to_string(), both);
        for wrong in ["", "1 2", "1@sha256:12", "@sha256:12", "1@"] {
            assert!(Release::parse(wrong).is_err(), "{wrong}");
        }
    }
}
