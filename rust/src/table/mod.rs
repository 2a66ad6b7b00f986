//! What is worked out over whole columns of flows: groups of equal rows, Community IDs.

mod address;
mod address_numbers;
mod address_order;
mod community;
mod fold;
mod gather;
mod group;
mod lists;
mod memory;
mod mixed;
mod numbers;
mod pack;
mod placed;
mod ranks;
mod repeat;
mod short;
mod sketch;

pub use address::{AddressTexts, push_address};
pub use address_numbers::{AddressNumbers, AddressPart, address_numbers};
pub use address_order::address_order;
pub use community::{Community, ID_BYTES, community_ids};
pub use fold::{Amount, Fold, Folded};
pub use gather::gather;
pub use group::Groups;
pub use lists::{List, Lists};
pub use memory::BYTES;
pub use mixed::Mixed;
pub use pack::{Key, Keys};
pub use placed::{place, place_sides, places};
pub use ranks::{ranks, rows};
pub use repeat::Repeats;
pub use sketch::push_sketch;
