//! Judgement on the model and the manifests: packs, rules, waivers.
