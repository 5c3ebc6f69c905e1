//! Lists of keys that belong together, one for each part of a table.

/// Keys that are handed over at once.
const LIST: usize = 2048;

/// A list for each part.
#[derive(Debug)]
pub(crate) struct Lists<E> {
    entries: Vec<[E; LIST]>,
    /// Where the next entry of each list goes.
    ends: Vec<u16>,
}

impl<E: Copy + Default> Lists<E> {
    /// Empty lists.
    pub fn new(count: usize) -> Self {
        Self { entries: vec![[E::default(); LIST]; count], ends: vec![0; count] }
    }

    /// Puts entries into the lists; calls `full(index, list)` with each one that is full and
    /// empties it.
    #[inline(always)]
    pub fn add(
        &mut self,
        entries: impl Iterator<Item = (usize, E)>,
        mut full: impl FnMut(usize, &[E]),
    ) {
        let (lists, ends) = (&mut self.entries[..], &mut self.ends[..]);
        for (index, entry) in entries {
            let (list, end) = (&mut lists[index], &mut ends[index]);
            let place = usize::from(*end) % LIST;
            list[place] = entry;
            *end = (place as u16 + 1) % LIST as u16;
            if *end == 0 {
                full(index, list);
            }
        }
    }

    /// What is left in each list.
    pub fn rest(&self) -> impl Iterator<Item = (usize, &[E])> {
        let lists = self.entries.iter().zip(&self.ends).enumerate();
        lists.map(|(index, (list, &end))| (index, &list[..usize::from(end)]))
    }
}
