//! What is worked out over whole columns of flows: groups of equal rows, Community IDs.

mod community;
mod group;

pub use community::{Community, ID_BYTES, community_ids};
pub use group::{Groups, Key, group};
