//! Values of rows, put where the rows go.

/// Put each value in its place; None if there is no such place.
#[must_use]
pub fn place<T: Copy>(values: &[T], places: &[u32], to: &mut [T]) -> Option<()> {
    for (value, place) in values.iter().zip(places) {
        *to.get_mut(*place as usize)? = *value;
    }
    Some(())
}

/// Put the values of both sides in their places: of a row that is turned, each in the other's.
///
/// # Arguments
/// Of each row the value of one side and of the other, and its place; for each place whether what
/// comes there stays as it is (not 0); and where the values of one side and of the other go.
///
/// None if there is no such place.
#[must_use]
pub fn place_sides<T: Copy>(
    values: [&[T]; 2],
    places: &[u32],
    stays: &[u8],
    to: [&mut [T]; 2],
) -> Option<()> {
    let [client, server] = to;
    for (place, (one, other)) in places.iter().zip(values[0].iter().zip(values[1])) {
        let place = *place as usize;
        let (one, other) = if *stays.get(place)? != 0 { (one, other) } else { (other, one) };
        *client.get_mut(place)? = *one;
        *server.get_mut(place)? = *other;
    }
    Some(())
}

/// Where each row goes, given which row goes to each place; None if one goes nowhere or twice.
#[must_use]
pub fn places(rows: &[i64]) -> Option<Vec<u32>> {
    let count = u32::try_from(rows.len()).ok().filter(|count| *count < u32::MAX)?;
    let mut places = vec![u32::MAX; rows.len()];
    for (row, place) in rows.iter().zip(0..count) {
        let own = places.get_mut(usize::try_from(*row).ok()?)?;
        if *own != u32::MAX {
            return None;
        }
        *own = place;
    }
    Some(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_to_their_places() {
        let mut to = [0; 3];
        assert_eq!(place(&[7, 8, 9], &places(&[1, 2, 0]).unwrap(), &mut to), Some(()));
        assert_eq!(to, [8, 9, 7]);
    }

    #[test]
    fn sides_change_places_where_a_row_is_turned() {
        let (mut client, mut server) = ([0; 2], [0; 2]);
        let to = [&mut client[..], &mut server[..]];
        assert_eq!(place_sides([&[1, 3], &[2, 4]], &[1, 0], &[1, 0], to), Some(()));
        assert_eq!([client, server], [[3, 2], [4, 1]]);
    }

    #[test]
    fn there_is_no_place_beyond_the_last() {
        assert_eq!(place(&[7], &[1], &mut [0]), None);
        let sides = |stays: &[u8], client: &mut [i32], server: &mut [i32]| {
            place_sides([&[1], &[2]], &[0], stays, [client, server])
        };
        assert_eq!(sides(&[1], &mut [0], &mut []), None);
        assert_eq!(sides(&[1], &mut [], &mut [0]), None);
        assert_eq!(sides(&[], &mut [0], &mut [0]), None);
    }

    #[test]
    fn every_row_goes_to_one_place() {
        for rows in [&[0, 0][..], &[0, 2], &[-1, 0], &[i64::MAX]] {
            assert_eq!(places(rows), None);
        }
        assert_eq!(places(&[]), Some(vec![]));
    }
}
