//! What is worked out over whole columns of flows: groups of equal rows, Community IDs.

mod address;
mod community;
mod extreme;
mod gather;
mod group;
mod pack;
mod placed;

pub use address::AddressTexts;
pub use community::{Community, ID_BYTES, community_ids};
pub use extreme::{Extreme, extremes};
pub use gather::{Texts, gather};
pub use group::{Groups, group};
pub use pack::Key;
pub use placed::{place, place_sides, places};
