package dev.hubswarm.hub.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class CacheLocationTest {
    private static final Path HOME = Path.of("/home/ada");

    @Test
    void followsTheVariablesOfHuggingfaceHub() {
        assertEquals("/home/ada/.cache/huggingface/hub", find(Map.of()));
        assertEquals("/c/huggingface/hub", find(Map.of("XDG_CACHE_HOME", "/c")));
        assertEquals("/h/hub", find(Map.of("XDG_CACHE_HOME", "/c", "HF_HOME", "/h")));
        assertEquals("/home/ada/hf/hub", find(Map.of("HF_HOME", "~/hf")));
        assertEquals("/old", find(Map.of("HF_HOME", "/h", "HUGGINGFACE_HUB_CACHE", "/old")));
        assertEquals("/new", find(Map.of("HF_HUB_CACHE", "/new", "HUGGINGFACE_HUB_CACHE", "/old")));
    }

    @Test
    void variablesInAPathMeanWhatTheyMeanToHuggingfaceHub() {
        assertEquals("/big/hf/hub", find(Map.of("HF_HOME", "$SCRATCH/hf", "SCRATCH", "/big")));
        assertEquals("/big/hf", find(Map.of("HF_HUB_CACHE", "${SCRATCH}/hf", "SCRATCH", "/big")));
        assertEquals("/a$b/c", find(Map.of("HF_HUB_CACHE", "/$A/c", "A", "a$b")));
        assertEquals("/$NONE/c", find(Map.of("HF_HUB_CACHE", "/$NONE/c")));
    }

    private static String find(Map<String, String> environment) {
        return CacheLocation.find(environment, HOME).toString();
    }
}
