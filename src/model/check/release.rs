//! Releases: everything that runs has one, it is exact, and none is left over.

use super::{FLOATING_VERSION, NO_RELEASE, UNUSED_RELEASE, VERSION_NOT_A_TAG, missing};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Environment, Fleet, Installed, Service};
use crate::source::{SourceTree, Span};
use crate::spec::problem::nearest;
use crate::spec::text::is_tag;
use crate::value::Str;

pub fn check(fleet: &Fleet, _: &SourceTree, diags: &mut Diagnostics) {
    for environment in &fleet.environments {
        let is_known = |name: &str| !fleet.unreadable.release(&environment.name.text, name);
        for service in &environment.services {
            if is_known(&service.name.text) {
                image(environment, service, diags);
            }
        }
        for installed in &environment.installs {
            if is_known(&installed.name.text) {
                component(fleet, environment, installed, diags);
            }
        }
        unused(fleet, environment, diags);
    }
}

fn none(environment: &Environment, name: &str, span: Span, help: String) -> Diagnostic {
    let environment_name = &environment.name.text;
    let message = format!("`{environment_name}` has no release of `{name}`");
    let finding = Diagnostic::error(NO_RELEASE, message)
        .at(span, format!("runs in `{environment_name}`"))
        .help(help);
    let releases = environment.releases.keys().map(Str::as_str);
    match (environment.releases_file, nearest(name, releases)) {
        (None, _) => finding.note(format!(
            "there is no `environments/{environment_name}/releases.yaml`"
        )),
        (_, Some(near)) => finding.note(format!("there is a release of `{near}`")),
        _ => finding,
    }
}

fn image(environment: &Environment, service: &Service, diags: &mut Diagnostics) {
    let name = &service.name.text;
    let write = format!(
        "tiphys release {} {name} <version>@<digest>",
        environment.name.text
    );
    let Some(release) = &service.release else {
        let help = format!("run `{write}`");
        diags.push(none(environment, name, service.deployed, help));
        return;
    };
    let span = environment
        .releases
        .get(name)
        .map_or(release.span, |(key, _)| key.span);
    match &release.version {
        None => {
            let what = format!("the release of `{name}` has no version");
            diags.push(missing(span, what, "version: \"1.8.2\""));
        }
        Some(version) => {
            let finding = not_a_tag(name, version.value.as_str());
            diags.extend(finding.map(|one| one.at(version.span, "the tag of its image")));
        }
    }
    if release.digest.is_none() {
        let what = format!("the release of `{name}` has no digest");
        diags.push(
            missing(span, what, "digest: \"sha256:…\"")
                .note("a tag can be moved to another image; a digest cannot"),
        );
    }
}

/// Whether an image of the service `name` cannot have this version.
pub fn not_a_tag(name: &str, version: &str) -> Option<Diagnostic> {
    (!is_tag(version)).then(|| {
        let message =
            format!("`{version}` of `{name}` has a `+`, which no tag of an image may have");
        let likely = version.replace('+', "-");
        Diagnostic::error(VERSION_NOT_A_TAG, message).help(format!(
            "name the tag that the image has, such as `{likely}`"
        ))
    })
}

fn component(
    fleet: &Fleet,
    environment: &Environment,
    installed: &Installed,
    diags: &mut Diagnostics,
) {
    let name = &installed.name.text;
    let Some(release) = &installed.release else {
        let help = format!(
            "write `{name}: {{version: \"1.4.2\"}}` into `environments/{}/releases.yaml`",
            environment.name.text
        );
        diags.push(none(environment, name, installed.name.span, help));
        return;
    };
    let Some(version) = &release.version else {
        let span = environment
            .releases
            .get(name)
            .map_or(release.span, |(key, _)| key.span);
        let what = format!("the release of `{name}` has no version");
        diags.push(missing(span, what, "version: \"1.4.2\""));
        return;
    };
    let spec = fleet.components.get(name).map(|component| &component.spec);
    let directory = spec.is_some_and(|spec| spec.directory.is_some());
    let text = version.value.as_str();
    if is_exact(text) || directory && is_commit(text) {
        return;
    }
    let help = match directory {
        true => "write a commit (40 hexadecimal digits) or a tag with a full version (`v1.4.2`)",
        false => "write a full version, such as `1.4.2`",
    };
    diags.push(
        Diagnostic::error(
            FLOATING_VERSION,
            format!("`{text}` of `{name}` is not one exact version"),
        )
        .at(version.span, "may mean something else tomorrow")
        .help(help),
    );
}

/// `1.4.2`, `v1.4.2-rc.1+build`: three numbers at least, and no placeholder among them.
fn is_exact(text: &str) -> bool {
    let text = text.strip_prefix('v').unwrap_or(text);
    let core = text.split(['-', '+']).next().unwrap_or(text);
    let parts: Vec<_> = core.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    parts.len() == 3 && parts.iter().all(is_number)
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn unused(fleet: &Fleet, environment: &Environment, diags: &mut Diagnostics) {
    let runs = |name: &str| {
        environment.service(name).is_some()
            || environment.installed(name).is_some()
            || fleet.unreadable.name(name)
    };
    for (name, (key, _)) in environment.releases.iter().filter(|(name, _)| !runs(name)) {
        let services = environment
            .services
            .iter()
            .map(|service| service.name.text.as_str());
        let installs = environment
            .installs
            .iter()
            .map(|installed| installed.name.text.as_str());
        let help = match nearest(name, services.chain(installs)) {
            Some(near) => format!("did you mean `{near}`? Else remove it"),
            None => format!("remove it, or write `deploy \"{name}\"`"),
        };
        diags.push(
            Diagnostic::warning(
                UNUSED_RELEASE,
                format!("`{name}` does not run in `{}`", environment.name.text),
            )
            .at(key.span, "released, and not deployed")
            .help(help),
        );
    }
}
