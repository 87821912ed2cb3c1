//! What must hold for emitted objects, each alone and all together.
