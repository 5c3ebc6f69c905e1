//! Lists of keys that belong together, one for each part of a table.

/// Room for so many entries in each list, if there are many and if there are few.
pub(crate) const MANY: usize = 1 << 10;
pub(crate) const FEW: usize = 1 << 8;

/// A list for each part.
#[derive(Debug)]
pub(crate) struct Lists<E> {
    /// Those of all lists, which have room for the same number.
    entries: Vec<E>,
    room: usize,
    /// Where the next entry of each list goes.
    ends: Vec<u16>,
}

impl<E: Copy + Default> Lists<E> {
    /// Empty lists, which are handed over when they have `room` entries, less than 2^16.
    pub fn new(count: usize, room: usize) -> Self {
        Self { entries: vec![E::default(); count * room], room, ends: vec![0; count] }
    }

    /// Puts entries into the lists; calls `full(index, list)` with each one that is full and
    /// empties it.
    #[inline(always)]
    pub fn add(
        &mut self,
        entries: impl Iterator<Item = (usize, E)>,
        mut full: impl FnMut(usize, &[E]),
    ) {
        let Self { entries: places, room, ends } = self;
        let (places, ends, room) = (&mut places[..], &mut ends[..], *room);
        for (index, entry) in entries {
            let end = &mut ends[index];
            let start = index * room;
            places[start + usize::from(*end)] = entry;
            *end += 1;
            if usize::from(*end) == room {
                *end = 0;
                full(index, &places[start..start + room]);
            }
        }
    }

    /// What is left in each list.
    pub fn rest(&self) -> impl Iterator<Item = (usize, &[E])> {
        let lists = self.entries.chunks(self.room).zip(&self.ends).enumerate();
        lists.map(|(index, (list, &end))| (index, &list[..usize::from(end)]))
    }
}
