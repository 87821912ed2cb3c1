//! Where a volume comes from: what each source needs, in a pod and in a PersistentVolume.
//!
//! Source: k8s.io/kubernetes `pkg/apis/core/validation/validation.go`, the functions
//! `validate…VolumeSource`.

use crate::verify::cursor::Cursor;
use crate::verify::names::{self, Wrong};
use crate::verify::object::cluster::storage::driver_name;
use crate::verify::object::container::inside;
use crate::verify::object::items::absolute;
use crate::verify::object::shape::{
    FIELDS_CONTRADICT, Findings, between, contradiction, exactly_one, name, not_empty,
    optional_name, required, word,
};

/// What must not be empty, whoever asks.
const NEEDED: &[(&str, &[&str])] = &[
    ("hostPath", &["path"]),
    ("local", &["path"]),
    ("gitRepo", &["repository"]),
    ("gcePersistentDisk", &["pdName"]),
    ("awsElasticBlockStore", &["volumeID"]),
    ("nfs", &["server", "path"]),
    ("iscsi", &["targetPortal", "iqn"]),
    ("glusterfs", &["endpoints", "path"]),
    ("rbd", &["monitors", "image"]),
    ("cephfs", &["monitors"]),
    ("cinder", &["volumeID"]),
    ("quobyte", &["registry", "volume"]),
    ("flexVolume", &["driver"]),
    ("azureFile", &["secretName", "shareName"]),
    ("azureDisk", &["diskName", "diskURI"]),
    ("vsphereVolume", &["volumePath"]),
    ("photonPersistentDisk", &["pdID"]),
    ("portworxVolume", &["volumeID"]),
    ("scaleIO", &["gateway", "system", "volumeName"]),
    ("storageos", &["volumeName"]),
];

const HOST_PATH_TYPES: &[&str] = &[
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
];

/// Checks the source below a volume of a pod, or below the spec of a PersistentVolume.
pub fn check(volume: &Cursor, out: &mut Findings) {
    for (kind, fields) in NEEDED {
        if let Some(at) = volume.at(kind) {
            for field in *fields {
                required(&at, field, out);
            }
        }
    }
    disks(volume, out);
    paths(volume, out);
    if let Some(at) = volume.at("iscsi") {
        iscsi(&at, out);
    }
    if let Some(at) = volume.at("fc") {
        fibre(&at, out);
    }
    if let Some(at) = volume.at("flexVolume") {
        flexible(&at, out);
    }
    if let Some(at) = volume.at("azureDisk") {
        azure(&at, out);
    }
    if let Some(at) = volume.at("csi") {
        name(&at, "driver", driver_name, out);
    }
    for kind in ["cinder", "storageos"] {
        if volume.has(&format!("{kind}/secretRef"))
            && let Some(at) = volume.at(kind)
        {
            required(&at, "secretRef/name", out);
        }
    }
    others(volume, out);
}

fn disks(volume: &Cursor, out: &mut Findings) {
    for kind in ["gcePersistentDisk", "awsElasticBlockStore"] {
        if let Some(at) = volume.at(kind) {
            between(&at, "partition", 0, 255, out);
        }
    }
}

fn paths(volume: &Cursor, out: &mut Findings) {
    if let Some(at) = volume.at("hostPath") {
        word(&at, "type", HOST_PATH_TYPES, out);
    }
    for kind in ["hostPath", "local"] {
        if let Some(at) = volume.at(kind)
            && at.text("path").split('/').any(|step| step == "..")
        {
            let message = format!("`path` of a {kind} must not contain `..`");
            let help = "write the path without `..`";
            out.push(contradiction(&at, "path", message, help));
        }
    }
    if let Some(at) = volume.at("nfs") {
        optional_name(&at, "path", absolute, out);
    }
    if let Some(at) = volume.at("gitRepo") {
        name(&at, "directory", inside, out);
    }
}

fn iscsi(at: &Cursor, out: &mut Findings) {
    optional_name(at, "iqn", qualified, out);
    name(at, "initiatorName", qualified, out);
    between(at, "lun", 0, 255, out);
    let chap = ["chapAuthDiscovery", "chapAuthSession"];
    if chap.iter().any(|field| at.flag(field) == Some(true)) {
        required(at, "secretRef", out);
    }
}

/// The names of initiators and targets.
fn qualified(text: &str) -> Wrong {
    let hex = |rest: &str, counts: &[usize]| {
        counts.contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let fine = if let Some(rest) = text.strip_prefix("eui.") {
        hex(rest, &[16])
    } else if let Some(rest) = text.strip_prefix("naa.") {
        hex(rest, &[16, 32])
    } else if let Some(rest) = text.strip_prefix("iqn.") {
        is_dated(rest)
    } else {
        false
    };
    (!fine).then_some("must be a name such as `iqn.2001-04.com.example:disk`")
}

/// `2001-04.com.example:disk`
fn is_dated(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes
            .get(range)
            .is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    if !digits(0..4) || bytes.get(4) != Some(&b'-') || !digits(5..7) || bytes.get(7) != Some(&b'.')
    {
        return false;
    }
    let rest = text.get(8..).unwrap_or("");
    let (domain, path) = match rest.split_once(':') {
        Some((domain, path)) => (domain, Some(path)),
        None => (rest, None),
    };
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_domain = domain.split('.').count() > 0
        && domain
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(fine));
    is_domain && path.is_none_or(|path| !path.is_empty())
}

fn fibre(at: &Cursor, out: &mut Findings) {
    let both = at.len("targetWWNs") > 0 && at.len("wwids") > 0;
    if both || at.len("targetWWNs") + at.len("wwids") == 0 {
        let message = "exactly one of `targetWWNs` and `wwids` must be given";
        out.push(contradiction(
            at,
            "targetWWNs",
            message,
            "keep one of the two",
        ));
    }
    if at.len("targetWWNs") > 0 {
        if !at.has("lun") {
            required(at, "lun", out);
        }
        between(at, "lun", 0, 255, out);
    }
}

fn flexible(at: &Cursor, out: &mut Findings) {
    for (key, option) in at.entries("options") {
        let domain = key.split('/').next().unwrap_or("").to_ascii_lowercase();
        let domain = format!(".{domain}");
        if domain.ends_with(".kubernetes.io") || domain.ends_with(".k8s.io") {
            let message = format!("the option `{key}` has a domain that is Kubernetes' own");
            out.push(
                option
                    .error(FIELDS_CONTRADICT, message)
                    .help("use a domain of your own"),
            );
        }
    }
}

fn azure(at: &Cursor, out: &mut Findings) {
    word(at, "cachingMode", &["None", "ReadOnly", "ReadWrite"], out);
    word(at, "kind", &["Shared", "Dedicated", "Managed"], out);
    let shape: fn(&str) -> Wrong = match at.text("kind") {
        "Managed" => |text| {
            (!text.starts_with("/subscriptions/")).then_some("must begin with `/subscriptions/`")
        },
        "Shared" | "Dedicated" => {
            |text| (!text.starts_with("https://")).then_some("must begin with `https://`")
        }
        _ => return,
    };
    optional_name(at, "diskURI", shape, out);
}

fn others(volume: &Cursor, out: &mut Findings) {
    if let Some(at) = volume.at("flocker") {
        exactly_one(&at, &["datasetName", "datasetUUID"], out);
        let shape = |text: &str| text.contains('/').then_some("must not contain `/`");
        name(&at, "datasetName", shape, out);
    }
    if let Some(at) = volume.at("storageos") {
        optional_name(&at, "volumeName", names::label, out);
        optional_name(&at, "volumeNamespace", names::label, out);
    }
    if let Some(at) = volume.at("azureFile") {
        not_empty(&at, "secretNamespace", out);
    }
    if let Some(at) = volume.at("quobyte") {
        let pair = |one: &str| {
            let (host, port) = one.rsplit_once(':').unwrap_or(("[", one));
            !host.contains(':') && !host.contains('[') && !port.contains([']', '['])
        };
        let fine = at.text("registry").split(',').all(pair);
        if !at.text("registry").is_empty() && !fine {
            let message = "`registry` must be pairs of host and port, with commas between them";
            let help = "write it as `a:7861,b:7861`";
            out.push(contradiction(&at, "registry", message, help));
        }
    }
}
