//! Skeletons that were read before, shared between threads.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::{FxHashMap, FxHasher};

use crate::render::limits;
use crate::render::skeleton::Bone;

const SHARDS: usize = 16;

/// A bounded map from what a template wrote to its structure. A full shard starts anew.
#[derive(Debug, Default)]
pub struct Cache {
    shards: [RwLock<FxHashMap<u64, Entry>>; SHARDS],
}

#[derive(Debug)]
struct Entry {
    template: usize,
    text: String,
    root: Arc<Bone>,
}

impl Cache {
    /// The structure of `text` as `template` wrote it.
    pub fn find(&self, template: usize, text: &str) -> Option<Arc<Bone>> {
        let hash = digest(template, text);
        let shard = self.shard(hash).read();
        let shard = shard.unwrap_or_else(PoisonError::into_inner);
        let entry = shard.get(&hash)?;
        (entry.template == template && entry.text == text).then(|| entry.root.clone())
    }

    pub fn store(&self, template: usize, text: &str, root: &Arc<Bone>) {
        if text.len() > limits::SKELETON_TEXT {
            return;
        }
        let hash = digest(template, text);
        let shard = self.shard(hash).write();
        let mut shard = shard.unwrap_or_else(PoisonError::into_inner);
        if shard.len() >= limits::SKELETONS / SHARDS {
            shard.clear();
        }
        shard.insert(
            hash,
            Entry {
                template,
                text: text.to_owned(),
                root: root.clone(),
            },
        );
    }

    fn shard(&self, hash: u64) -> &RwLock<FxHashMap<u64, Entry>> {
        &self.shards[(hash >> 32) as usize % SHARDS]
    }
}

fn digest(template: usize, text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    (template, text).hash(&mut hasher);
    hasher.finish()
}
