//! Random numbers that are the same on every machine.

/// Steele, Lea and Flood's SplitMix64. Integers only: what a floating point library rounds differs between machines.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// At least `low`, and less than `high`.
    pub(super) fn range(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low)
    }

    /// True so many times in a thousand.
    pub(super) fn permille(&mut self, chance: u64) -> bool {
        self.range(0, 1000) < chance
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.range(0, from.len() as u64) as usize]
    }

    /// An index, each as likely as its weight says.
    pub(super) fn weighted(&mut self, weights: impl Iterator<Item = u64> + Clone) -> usize {
        let mut left = self.range(0, weights.clone().sum());
        for (index, weight) in weights.enumerate() {
            if left < weight {
                return index;
            }
            left -= weight;
        }
        unreachable!("the weights add up to more than what was drawn")
    }

    pub(super) fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count + 8);
        while bytes.len() < count {
            bytes.extend(self.next().to_le_bytes());
        }
        bytes.truncate(count);
        bytes
    }

    /// A size in bytes as mail has it, roughly log-normal: the median is about 12 KB, one in ten exceeds 70 KB.
    pub(super) fn mail_size(&mut self) -> u64 {
        // Twelve uniform numbers have a nearly normal sum, with mean 6 and deviation 1 (in units of 1/65536 here).
        let sum: u64 = (0..12).map(|_| self.next() >> 48).sum();
        let normal = sum as i64 - 6 * 65_536;
        // The binary logarithm of the size, in the same units: 13.55 + 1.95 * normal.
        let log = 888_013 + normal * 195 / 100;
        let log = log.clamp(9 * 65_536, 30 * 65_536) as u64;
        // Two to that power, straight between whole exponents.
        (1 << (log >> 16)) + (((log & 0xffff) << (log >> 16)) >> 16)
    }
}
