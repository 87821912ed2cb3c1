//! Config files: ConfigMaps that are named by their content, so that pods of the stable version
//! keep theirs while a canary gets its own.

use sha2::{Digest, Sha256};

use super::unit::Unit;
use crate::spec::language::Volume;
use crate::value::Str;

impl Unit<'_> {
    /// Keys and texts of a volume's files; the key is the file's name. `None` where one is missing.
    pub fn config_files(&self, volume: &Volume) -> Option<Vec<(Str, Str)>> {
        let file = |at: &crate::spec::field::At<crate::spec::text::AlsoPath>| {
            let path = at.value.as_str();
            let name = path.rsplit('/').next().unwrap_or(path);
            Some((Str::from(name), Str::from(self.scope.also(path)?)))
        };
        volume.config.iter().map(file).collect()
    }

    /// `<service>-<volume>-<ten digits of the content's SHA-256>`.
    pub fn config_map_name(&self, name: &str, volume: &Volume) -> Option<Str> {
        let mut hash = Sha256::new();
        for (key, text) in self.config_files(volume)? {
            for part in [key, text] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part.as_bytes());
            }
        }
        let digest = hash.finalize();
        let digits: String = digest
            .iter()
            .take(5)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Some(format!("{}-{name}-{digits}", self.name).into())
    }
}
