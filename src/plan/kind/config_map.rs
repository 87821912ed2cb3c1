//! ConfigMap: the files of a `volume … config=`, named by their content. Old ones stay
//! (`Prune=false`), because pods of the stable version still mount them during a canary.

use super::{Kind, Planned};
use crate::draft::Traced;
use crate::plan::unit::Unit;

pub const KIND: Kind = Kind {
    name: "ConfigMap",
    template: "config-map",
    lower,
};

fn lower(unit: &Unit) -> Vec<Planned> {
    let maps = unit.spec().volume.0.iter().filter_map(|(name, volume)| {
        let first = volume.config.as_ref()?;
        let files = unit.config_files(volume)?;
        let data = files.into_iter().fold(Traced::map(), |data, (key, text)| {
            data.with(&key, Traced::from(text).at(first.span))
        });
        let object = unit.config_map_name(&name.value, volume)?;
        let suffix = object
            .strip_prefix(&format!("{}-", unit.name))
            .unwrap_or(&object)
            .to_string();
        let context = unit.context(&object).with("data", data.at(first.span));
        Some(unit.planned("config-map", &suffix, context))
    });
    maps.collect()
}
