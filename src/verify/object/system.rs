//! What depends on the operating system of the node and on its namespaces: Windows, host users,
//! sysctls, host names, signals.
//!
//! Source: k8s.io/kubernetes `pkg/apis/core/validation/validation.go`, `validateWindows`,
//! `validateLinux`, `validateWindowsHostProcessPod`, `validateHostUsers`, `validateSysctls`.

use crate::value::Value;
use crate::verify::cursor::{Cursor, repeated};
use crate::verify::names::{self, Wrong};
use crate::verify::object::items::forbidden;
use crate::verify::object::shape::{Findings, contradiction, duplicate, name, required, word};

pub fn check(spec: &Cursor, out: &mut Findings) {
    if spec.has("os") {
        required(spec, "os/name", out);
    }
    if !spec.text("os/name").is_empty() {
        word(spec, "os/name", &["linux", "windows"], out);
    }
    match spec.text("os/name") {
        "windows" => windows(spec, out),
        "linux" => linux(spec, out),
        _ => {}
    }
    if let Some(context) = spec.at("securityContext") {
        options(&context, out);
        sysctls(&context, out);
    }
    let shared = ["shareProcessNamespace", "hostPID"];
    if shared.iter().all(|field| spec.flag(field) == Some(true)) {
        let message = "`shareProcessNamespace` and `hostPID` exclude each other";
        out.push(contradiction(
            spec,
            shared[0],
            message,
            "keep one of the two",
        ));
    }
    if spec.flag("hostUsers") == Some(false) {
        for field in ["hostNetwork", "hostPID", "hostIPC"] {
            if spec.flag(field) == Some(true) {
                forbidden(spec, field, "`hostUsers` is false", out);
            }
        }
    }
    for list in LISTS {
        for one in spec.list(list) {
            container(spec, &one, out);
        }
    }
    processes(spec, out);
    host_name(spec, out);
}

const LISTS: [&str; 2] = ["initContainers", "containers"];

fn container(spec: &Cursor, one: &Cursor, out: &mut Findings) {
    if let Some(context) = one.at("securityContext") {
        options(&context, out);
        let own_users = spec.flag("hostUsers") == Some(false);
        if context.text("procMount") == "Unmasked" && !own_users {
            let message = "`procMount: Unmasked` needs `hostUsers: false`";
            out.push(contradiction(&context, "procMount", message, "remove it"));
        }
    }
    if spec.flag("hostUsers") == Some(false) && one.len("volumeDevices") > 0 {
        forbidden(one, "volumeDevices", "`hostUsers` is false", out);
    }
}

fn windows(spec: &Cursor, out: &mut Findings) {
    let why = "the pod is for Windows";
    for field in ["hostUsers", "shareProcessNamespace", "resources"] {
        forbidden(spec, field, why, out);
    }
    for field in ["hostPID", "hostIPC"] {
        if spec.flag(field) == Some(true) {
            forbidden(spec, field, why, out);
        }
    }
    if let Some(context) = spec.at("securityContext") {
        for field in [
            "appArmorProfile",
            "seLinuxOptions",
            "seccompProfile",
            "fsGroup",
            "fsGroupChangePolicy",
            "runAsUser",
            "runAsGroup",
            "supplementalGroups",
            "supplementalGroupsPolicy",
            "seLinuxChangePolicy",
        ] {
            forbidden(&context, field, why, out);
        }
        if context.len("sysctls") > 0 {
            forbidden(&context, "sysctls", why, out);
        }
    }
    for one in LISTS.iter().flat_map(|list| spec.list(list)) {
        let Some(context) = one.at("securityContext") else {
            continue;
        };
        for field in [
            "appArmorProfile",
            "seLinuxOptions",
            "seccompProfile",
            "capabilities",
            "readOnlyRootFilesystem",
            "privileged",
            "allowPrivilegeEscalation",
            "procMount",
            "runAsUser",
            "runAsGroup",
        ] {
            forbidden(&context, field, why, out);
        }
    }
}

fn linux(spec: &Cursor, out: &mut Findings) {
    let why = "the pod is for Linux";
    let own = spec.at("securityContext");
    if let Some(context) = own {
        forbidden(&context, "windowsOptions", why, out);
    }
    for one in LISTS.iter().flat_map(|list| spec.list(list)) {
        if let Some(context) = one.at("securityContext") {
            forbidden(&context, "windowsOptions", why, out);
        }
    }
}

fn options(context: &Cursor, out: &mut Findings) {
    let Some(at) = context.at("windowsOptions") else {
        return;
    };
    name(&at, "gmsaCredentialSpecName", names::subdomain, out);
    let spec = |text: &str| match text.len() {
        0 => Some("must not be empty"),
        1..=65_536 => None,
        _ => Some("must have at most 64 KiB"),
    };
    name(&at, "gmsaCredentialSpec", spec, out);
    name(&at, "runAsUserName", windows_user, out);
}

/// `user` or `DOMAIN\user`
fn windows_user(text: &str) -> Wrong {
    if text.is_empty() || text.chars().any(char::is_control) {
        return Some("must be a name without control characters");
    }
    let (domain, user) = match text.split_once('\\') {
        Some((domain, user)) => (Some(domain), user),
        None => (None, text),
    };
    if user.contains('\\') {
        return Some("must have at most one backslash");
    }
    if domain.is_some_and(|domain| domain.len() >= 256 || !is_domain(domain)) {
        return Some("must have a domain before the backslash");
    }
    if user.is_empty() || user.len() > 104 || user.chars().all(|c| c == '.' || c == ' ') {
        return Some("must have a user of at most 104 characters, not only dots and spaces");
    }
    let bad = |letter: char| "\"/\\:;|=,+*?<>@[]".contains(letter);
    user.contains(bad)
        .then_some("must have no character of `\"/\\:;|=,+*?<>@[]`")
}

/// A NetBIOS name, or a DNS name in any case.
fn is_domain(text: &str) -> bool {
    let plain = |letter: char| !"\\/:*?\"<>|".contains(letter);
    let netbios = (1..=15).contains(&text.chars().count())
        && !text.starts_with('.')
        && text.chars().all(plain);
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let part = |part: &str| {
        let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
        edge(part.bytes().next()) && edge(part.bytes().last()) && part.bytes().all(fine)
    };
    netbios || text.split('.').all(part)
}

fn sysctls(context: &Cursor, out: &mut Findings) {
    let list = context
        .find("sysctls")
        .and_then(Value::as_list)
        .unwrap_or(&[]);
    for (index, one) in context.list("sysctls").enumerate() {
        name(&one, "name", sysctl, out);
        let key = |value: &Value| value.get("name").and_then(Value::as_str).map(str::to_owned);
        if repeated(list, index, key) {
            out.push(duplicate(&one, "name", one.text("name")));
        }
    }
}

fn sysctl(text: &str) -> Wrong {
    let fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let part = |part: &str| {
        let bytes = part.as_bytes();
        let edges = bytes.first().zip(bytes.last());
        edges.is_some_and(|(first, last)| fine(*first) && fine(*last))
            && bytes.iter().all(|byte| fine(*byte) || b"-_".contains(byte))
    };
    (text.len() > 253 || !text.split(['.', '/']).all(part))
        .then_some("must be the name of a kernel parameter, such as `net.core.somaxconn`")
}

/// In a pod with processes of the host, all are, and the network is the host's as well.
fn processes(spec: &Cursor, out: &mut Findings) {
    let path = "securityContext/windowsOptions/hostProcess";
    let own = spec.flag(path);
    let (mut with, mut without) = (false, false);
    for one in LISTS.iter().flat_map(|list| spec.list(list)) {
        let inner = one.flag(path);
        if let (Some(own), Some(inner)) = (own, inner)
            && own != inner
        {
            let message = format!("`hostProcess` is {inner}, and {own} for the pod");
            out.push(contradiction(&one, path, message, "make them the same"));
        }
        match inner.or(own) {
            Some(true) => with = true,
            _ => without = true,
        }
    }
    if with && without {
        let message = "either all containers are processes of the host, or none";
        out.push(contradiction(spec, path, message, "write it for the pod"));
    }
    if with && spec.flag("hostNetwork") != Some(true) {
        let message = "processes of the host need `hostNetwork: true`";
        out.push(contradiction(
            spec,
            path,
            message,
            "add `hostNetwork: true`",
        ));
    }
}

fn host_name(spec: &Cursor, out: &mut Findings) {
    let field = "hostnameOverride";
    if spec.flag("setHostnameAsFQDN") == Some(true) {
        forbidden(spec, field, "`setHostnameAsFQDN` is true", out);
    }
    if spec.flag("hostNetwork") == Some(true) {
        forbidden(spec, field, "`hostNetwork` is true", out);
    }
    let shape = |text: &str| match text.len() {
        0..=64 => names::subdomain(text),
        _ => Some("must have at most 64 characters"),
    };
    name(spec, field, shape, out);
}
