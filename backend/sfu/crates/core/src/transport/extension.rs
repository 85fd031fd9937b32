//! The RTP header extensions that are negotiated, and the dependency descriptor's bytes through str0m.

use std::sync::Arc;

use str0m::rtp::{Extension, ExtensionMap, ExtensionSerializer, ExtensionValues};

const DEPENDENCY_DESCRIPTOR: &str =
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";

/// The dependency descriptor of one packet, undecoded.
#[derive(Debug, Clone)]
pub(super) struct Descriptor(pub Arc<[u8]>);

#[derive(Debug)]
struct DescriptorSerializer;

impl ExtensionSerializer for DescriptorSerializer {
    fn write_to(&self, buf: &mut [u8], values: &ExtensionValues) -> usize {
        let Some(Descriptor(bytes)) = values.user_values.get::<Descriptor>() else { return 0 };
        let Some(place) = buf.get_mut(..bytes.len()) else { return 0 };
        place.copy_from_slice(bytes);
        bytes.len()
    }

    fn parse_value(&self, buf: &[u8], values: &mut ExtensionValues) -> bool {
        values.user_values.set(Descriptor(Arc::from(buf)));
        true
    }

    fn is_video(&self) -> bool {
        true
    }

    fn is_audio(&self) -> bool {
        false
    }

    fn requires_two_byte_form(&self, values: &ExtensionValues) -> bool {
        // RFC 8285: the one-byte form carries 16 bytes at most.
        values.user_values.get::<Descriptor>().is_some_and(|Descriptor(bytes)| bytes.len() > 16)
    }
}

/// Adds what str0m's standard map lacks: it has level, send time, TWCC, mid, rid, repaired rid, orientation.
pub(super) fn register(map: &mut ExtensionMap) {
    map.set(5, Extension::PlayoutDelay);
    map.set(6, Extension::VideoContentType);
    map.set(8, Extension::AbsoluteCaptureTime);
    map.set(12, Extension::with_serializer(DEPENDENCY_DESCRIPTOR, DescriptorSerializer));
}
