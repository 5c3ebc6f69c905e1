//! Instruction sets: which there are, and how a kernel is compiled for each.
//!
//! A kernel is written once, as a [`Kernel`] whose body is generic over [`Simd`]. [`dispatch`]
//! compiles that body under each instruction set's target features and picks one at run time.
//! This is the only module with `unsafe` code.

#![allow(unsafe_code)]

use std::sync::atomic::{AtomicU8, Ordering};

/// An instruction set that kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Isa {
    /// What every machine of the architecture has.
    Portable,
    /// x86-64 with AVX2, BMI and POPCNT.
    Avx2,
    /// x86-64 with AVX-512 (F, BW, DQ, VL, VBMI, VPOPCNTDQ).
    Avx512,
}

impl Isa {
    /// All instruction sets, slowest first.
    pub const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// Its name in `FLAWGAUGE_ISA`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// Whether this machine has it.
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("bmi1")
                    && is_x86_feature_detected!("bmi2")
                    && is_x86_feature_detected!("lzcnt")
                    && is_x86_feature_detected!("popcnt")
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                Self::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512vbmi")
                    && is_x86_feature_detected!("avx512vpopcntdq")
            }
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// Those that this machine has.
    pub fn available() -> Vec<Self> {
        Self::ALL.into_iter().filter(|isa| isa.is_available()).collect()
    }
}

/// Makes an instruction set the one of all later calls of [`dispatch`]. The results are the same.
///
/// # Errors
/// If this machine does not have it.
pub fn activate(isa: Isa) -> Result<(), String> {
    if !isa.is_available() {
        let names: Vec<_> = Isa::available().into_iter().map(Isa::name).collect();
        return Err(format!("this machine has no {}, only: {}", isa.name(), names.join(", ")));
    }
    ACTIVE.store(isa as u8, Ordering::Relaxed);
    Ok(())
}

/// The instruction set in use: the fastest there is, unless another was made active.
#[inline]
pub fn active() -> Isa {
    match ACTIVE.load(Ordering::Relaxed) {
        UNKNOWN => {
            let fastest = Isa::available().pop().unwrap_or(Isa::Portable);
            ACTIVE.store(fastest as u8, Ordering::Relaxed);
            fastest
        }
        index => Isa::ALL[usize::from(index)],
    }
}

/// Index in [`Isa::ALL`]. Only sets that this machine has are ever stored.
static ACTIVE: AtomicU8 = AtomicU8::new(UNKNOWN);

const UNKNOWN: u8 = u8::MAX;

/// A computation that is compiled once per instruction set.
pub trait Kernel {
    /// What it computes.
    type Output;

    /// The computation. Must be `#[inline(always)]`, as all that it calls in its inner loops, so
    /// that it is compiled under the caller's target features.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// Runs a kernel under the instruction set in use.
#[inline]
pub fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    match active() {
        Isa::Portable => kernel.run(Portable),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `active` names only sets that were detected on this machine.
        Isa::Avx2 => unsafe { x86::run_avx2(kernel) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Isa::Avx512 => unsafe { x86::run_avx512(kernel) },
        #[cfg(not(target_arch = "x86_64"))]
        _ => kernel.run(Portable),
    }
}

/// Numbers that [`Simd::place`] compares at once.
pub const WINDOW: usize = 16;

/// The few operations that the compiler does not find by itself.
pub trait Simd: Copy {
    /// Bit i of the result is set iff byte i is not zero.
    fn pack(self, bytes: &[u8; 64]) -> u64;

    /// The bits of `word` that `mask` selects, moved together at the low end.
    fn compress(self, word: u64, mask: u64) -> u64;

    /// The place of `key` among different numbers: twice how many are below it, and one more if
    /// one is equal.
    #[inline(always)]
    fn place(self, window: &[u32; WINDOW], key: u32) -> u32 {
        place(window, key)
    }

    /// The same for wider numbers.
    #[inline(always)]
    fn place_wide(self, window: &[u64; WINDOW], key: u64) -> u32 {
        place(window, key)
    }
}

#[inline(always)]
fn place<T: Copy + PartialOrd>(window: &[T; WINDOW], key: T) -> u32 {
    let mut place = 0;
    for &number in window {
        place += u32::from(number < key) + u32::from(number <= key);
    }
    place
}

/// Plain Rust.
#[derive(Debug, Clone, Copy)]
pub struct Portable;

impl Simd for Portable {
    #[inline(always)]
    fn pack(self, bytes: &[u8; 64]) -> u64 {
        const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
        let mut packed = 0;
        for (index, group) in bytes.as_chunks::<8>().0.iter().enumerate() {
            let word = u64::from_le_bytes(*group);
            // The top bit of each byte that is not zero, moved to its lowest.
            let flags = ((((word & LOW) + LOW) | word) & !LOW) >> 7;
            // The multiplication gathers the eight flags in the top byte.
            packed |= (flags.wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * index);
        }
        packed
    }

    #[inline(always)]
    fn compress(self, word: u64, mut mask: u64) -> u64 {
        let mut result = 0;
        let mut count = 0;
        while mask != 0 {
            result |= ((word >> mask.trailing_zeros()) & 1) << count;
            mask &= mask - 1;
            count += 1;
        }
        result
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Kernel, Simd, WINDOW};
    use std::arch::x86_64::{
        __m256i, __m512i, _mm256_cmpeq_epi8, _mm256_cmpeq_epi32, _mm256_cmpgt_epi32,
        _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_set1_epi32, _mm256_setzero_si256,
        _mm256_xor_si256, _mm512_cmple_epu32_mask, _mm512_cmple_epu64_mask,
        _mm512_cmplt_epu32_mask, _mm512_cmplt_epu64_mask, _mm512_loadu_si512, _mm512_set1_epi32,
        _mm512_set1_epi64, _mm512_test_epi8_mask, _pext_u64,
    };

    /// Proof that AVX2, BMI2 and POPCNT are there; made only by [`run_avx2`].
    #[derive(Debug, Clone, Copy)]
    pub struct Avx2(());

    /// Proof that the AVX-512 sets are there; made only by [`run_avx512`].
    #[derive(Debug, Clone, Copy)]
    pub struct Avx512(());

    /// Runs a kernel with AVX2.
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub fn run_avx2<K: Kernel>(kernel: K) -> K::Output {
        kernel.run(Avx2(()))
    }

    /// Runs a kernel with AVX-512.
    #[target_feature(
        enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vpopcntdq"
    )]
    pub fn run_avx512<K: Kernel>(kernel: K) -> K::Output {
        kernel.run(Avx512(()))
    }

    impl Simd for Avx2 {
        #[inline(always)]
        fn pack(self, bytes: &[u8; 64]) -> u64 {
            let half = |offset: usize| {
                let half: &[u8; 32] = &bytes.as_chunks::<32>().0[offset];
                // SAFETY: `self` proves AVX2; the pointer is to 32 readable bytes, and the load
                // needs no alignment.
                unsafe {
                    let values = _mm256_loadu_si256(half.as_ptr().cast::<__m256i>());
                    let zeros = _mm256_cmpeq_epi8(values, _mm256_setzero_si256());
                    !(_mm256_movemask_epi8(zeros) as u32)
                }
            };
            u64::from(half(0)) | u64::from(half(1)) << 32
        }

        #[inline(always)]
        fn compress(self, word: u64, mask: u64) -> u64 {
            // SAFETY: `self` proves BMI2.
            unsafe { _pext_u64(word, mask) }
        }

        #[inline(always)]
        fn place(self, window: &[u32; WINDOW], key: u32) -> u32 {
            let half = |offset: usize| {
                let half: &[u32; 8] = &window.as_chunks::<8>().0[offset];
                // SAFETY: `self` proves AVX2; the pointer is to 32 readable bytes, and the load
                // needs no alignment.
                unsafe {
                    let numbers = _mm256_loadu_si256(half.as_ptr().cast::<__m256i>());
                    let key = _mm256_set1_epi32(key as i32);
                    let equal = _mm256_cmpeq_epi32(numbers, key);
                    // The comparison is one of signed numbers.
                    let sign = _mm256_set1_epi32(i32::MIN);
                    let (numbers, key) =
                        (_mm256_xor_si256(numbers, sign), _mm256_xor_si256(key, sign));
                    let below = _mm256_cmpgt_epi32(key, numbers);
                    let bits = |lanes| _mm256_movemask_epi8(lanes) as u32;
                    // Four bits a lane.
                    (2 * bits(below).count_ones() + bits(equal).count_ones()) / 4
                }
            };
            half(0) + half(1)
        }
    }

    impl Simd for Avx512 {
        #[inline(always)]
        fn pack(self, bytes: &[u8; 64]) -> u64 {
            // SAFETY: `self` proves AVX-512F and BW; the pointer is to 64 readable bytes, and the
            // load needs no alignment.
            unsafe {
                let values = _mm512_loadu_si512(bytes.as_ptr().cast::<__m512i>());
                _mm512_test_epi8_mask(values, values)
            }
        }

        #[inline(always)]
        fn compress(self, word: u64, mask: u64) -> u64 {
            // SAFETY: `self` proves BMI2.
            unsafe { _pext_u64(word, mask) }
        }

        #[inline(always)]
        fn place(self, window: &[u32; WINDOW], key: u32) -> u32 {
            // SAFETY: `self` proves AVX-512F; the pointer is to 64 readable bytes, and the load
            // needs no alignment.
            unsafe {
                let numbers = _mm512_loadu_si512(window.as_ptr().cast::<__m512i>());
                let key = _mm512_set1_epi32(key as i32);
                let below = _mm512_cmplt_epu32_mask(numbers, key);
                let not_above = _mm512_cmple_epu32_mask(numbers, key);
                // Both in one register, to count them at once.
                (u32::from(below) << 16 | u32::from(not_above)).count_ones()
            }
        }

        #[inline(always)]
        fn place_wide(self, window: &[u64; WINDOW], key: u64) -> u32 {
            let half = |offset: usize| {
                let half: &[u64; 8] = &window.as_chunks::<8>().0[offset];
                // SAFETY: as above.
                unsafe {
                    let numbers = _mm512_loadu_si512(half.as_ptr().cast::<__m512i>());
                    let key = _mm512_set1_epi64(key as i64);
                    let below = _mm512_cmplt_epu64_mask(numbers, key);
                    let not_above = _mm512_cmple_epu64_mask(numbers, key);
                    (u32::from(below) << 8 | u32::from(not_above)).count_ones()
                }
            };
            half(0) + half(1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct PackAndCompress<'a>(&'a [u8; 64], u64);

    impl Kernel for PackAndCompress<'_> {
        type Output = (u64, u64);

        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> (u64, u64) {
            let word = simd.pack(self.0);
            (word, simd.compress(word, self.1))
        }
    }

    #[test]
    fn every_instruction_set_packs_and_compresses_alike() {
        let mut state = 1_u64;
        for _ in 0..200 {
            let mut bytes = [0; 64];
            for byte in &mut bytes {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                *byte = if state >> 63 == 0 { 0 } else { (state >> 40) as u8 };
            }
            let mask = state ^ state >> 17;
            let bits: Vec<u64> = bytes.iter().map(|&byte| u64::from(byte != 0)).collect();
            let packed = bits.iter().rev().fold(0, |word, bit| word << 1 | bit);
            let kept: Vec<u64> =
                (0..64).filter(|index| mask >> index & 1 == 1).map(|index| bits[index]).collect();
            let compressed = kept.iter().rev().fold(0, |word, bit| word << 1 | bit);
            for isa in Isa::available() {
                activate(isa).unwrap();
                assert_eq!(dispatch(PackAndCompress(&bytes, mask)), (packed, compressed));
            }
        }
    }

    struct Place<'a>(&'a [u32; WINDOW], u32);

    impl Kernel for Place<'_> {
        type Output = [u32; 2];

        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> [u32; 2] {
            let widen = |number| u64::from(number) << 20 | 7;
            [simd.place(self.0, self.1), simd.place_wide(&self.0.map(widen), widen(self.1))]
        }
    }

    #[test]
    fn every_instruction_set_finds_the_same_place() {
        let window: [u32; WINDOW] =
            std::array::from_fn(|index| (index as u32).wrapping_mul(0x1235_4321) | 1);
        let mut sorted = window;
        sorted.sort_unstable();
        for key in sorted.into_iter().flat_map(|key| key - 1..=key + 1).chain([0, u32::MAX]) {
            let below = sorted.partition_point(|&number| number < key);
            let place = below + sorted.partition_point(|&number| number <= key);
            for isa in Isa::available() {
                activate(isa).unwrap();
                assert_eq!(dispatch(Place(&sorted, key)), [place as u32; 2]);
            }
        }
    }
}
