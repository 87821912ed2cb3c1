//! What one rendering may use. All far above what a manifest needs; together they bound memory.

/// Steps of the template engine; it charges for data too, one step for 64 bytes.
pub const STEPS: u64 = 500_000;
/// Frames of includes, macros and recursive loops.
pub const RECURSION: usize = 64;
/// Bytes of one expression or statement in a template.
pub const EXPRESSION: usize = 1000;
/// Brackets in the expressions of one template, with the filters in its statements.
pub const NESTING: usize = 256;
/// Bytes of the text that a template writes.
pub const TEXT: usize = 1 << 20;
/// Expressions that one template writes.
pub const SLOTS: usize = 20_000;
/// Bytes of the values that stand in one result, with a fixed price for each value.
pub const VALUES: usize = 8 << 20;
/// The price of one value beside its text.
pub const VALUE: usize = 32;
/// Levels of lists and maps in a template, and in a value that it writes.
pub const DEPTH: usize = 64;
/// Levels of drafts inside of drafts.
pub const PARTS: usize = 8;
/// Skeletons that are kept, and the largest text that is worth keeping.
pub const SKELETONS: usize = 1024;
pub const SKELETON_TEXT: usize = 64 << 10;
