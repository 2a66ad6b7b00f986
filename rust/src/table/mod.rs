//! What is worked out over whole columns of flows: groups of equal rows, Community IDs.

mod address;
mod address_numbers;
mod community;
mod extreme;
mod gather;
mod group;
mod memory;
mod numbers;
mod pack;
mod placed;
mod short;

pub use address::AddressTexts;
pub use address_numbers::{AddressNumbers, AddressPart, address_numbers};
pub use community::{Community, ID_BYTES, community_ids};
pub use extreme::{Extreme, extremes};
pub use gather::{Texts, gather};
pub use group::Groups;
pub use memory::BYTES;
pub use pack::{Key, Keys};
pub use placed::{place, place_sides, places};
