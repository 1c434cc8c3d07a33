package dev.hubswarm.hub.origin;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** An answer arrived whole and makes no sense. */
final class GarbledAnswer extends IOException {
    private static final long serialVersionUID = 1;

    GarbledAnswer(String why, @Nullable Throwable cause) {
        super(why, cause);
    }
}
