//! Volumes and where they are mounted.

use crate::draft::Traced;
use crate::plan::unit::{Unit, Workload};
use crate::spec::field::At;
use crate::spec::language::Volume;
use crate::spec::text::{FileName, Line};
use crate::value::Str;

/// `volumeMounts` of every container.
pub fn mounts(unit: &Unit) -> Traced {
    let mounts = unit.spec().volume.0.iter().filter_map(|(name, volume)| {
        let mount = volume.mount.as_ref()?;
        let one = Traced::map()
            .with("name", Traced::from(&name.value).at(name.span))
            .with("mountPath", Traced::from(&mount.value.0).at(mount.span));
        Some(match (&volume.read_only, is_read_only(volume)) {
            (Some(at), _) if at.value => one.with("readOnly", Traced::from(true).at(at.span)),
            (None, true) => one.with("readOnly", Traced::from(true)),
            _ => one,
        })
    });
    Traced::from(mounts.collect::<Vec<_>>())
}

fn is_read_only(volume: &Volume) -> bool {
    volume.secret.is_some() || volume.config.is_some()
}

/// `volumes`, but for the claims that a StatefulSet makes for each pod.
pub fn volumes(unit: &Unit) -> Traced {
    let volumes = unit.spec().volume.0.iter().filter_map(|(name, volume)| {
        let source = source(unit, &name.value, volume)?;
        Some(
            Traced::map()
                .with("name", Traced::from(&name.value).at(name.span))
                .with(source.0, source.1),
        )
    });
    Traced::from(volumes.collect::<Vec<_>>())
}

fn source(unit: &Unit, name: &Str, volume: &Volume) -> Option<(&'static str, Traced)> {
    if let Some(secret) = &volume.secret {
        let name = Traced::from(unit.suffixed(secret.value.as_str())).at(secret.span);
        let items = files(unit, secret.value.as_str());
        return Some((
            "secret",
            Traced::from([("secretName", name), ("items", items)]),
        ));
    }
    if let Some(first) = &volume.config {
        let map = unit.config_map_name(name, volume)?;
        return Some((
            "configMap",
            Traced::from([("name", Traced::from(map).at(first.span))]),
        ));
    }
    let claim = |name: Traced| ("persistentVolumeClaim", Traced::from([("claimName", name)]));
    if let Some(existing) = &volume.existing {
        return Some(claim(Traced::from(&existing.value.0).at(existing.span)));
    }
    if let Some(class) = &volume.claim {
        return (unit.workload() != Workload::StatefulSet)
            .then(|| claim(Traced::from(unit.suffixed(name)).at(class.span)));
    }
    let limit = volume
        .size
        .as_ref()
        .map(|at| Traced::from(at.value.to_string()).at(at.span));
    let empty = limit.map_or_else(Traced::map, |limit| Traced::map().with("sizeLimit", limit));
    Some(("emptyDir", empty))
}

/// The keys that are files: a variable's key stays out of the directory.
fn files(unit: &Unit, secret: &str) -> Traced {
    let secrets = &unit.spec().secret.0;
    let content = secrets.iter().find(|(name, _)| name.value == secret);
    let files = content.into_iter().flat_map(|(_, content)| &content.file.0);
    let item = |(name, _): &(At<FileName>, At<Line>)| {
        let name = Traced::from(&name.value.0).at(name.span);
        Traced::from([("key", name.clone()), ("path", name)])
    };
    Traced::from(files.map(item).collect::<Vec<_>>())
}
