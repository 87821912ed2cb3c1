//! The model to drafts: what each service and environment needs.
