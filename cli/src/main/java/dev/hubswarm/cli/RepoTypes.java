package dev.hubswarm.cli;

import dev.hubswarm.hub.request.RepoType;
import java.util.Iterator;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Types of repos as people write and read them: model, dataset. Stateless. */
final class RepoTypes implements ITypeConverter<RepoType>, Iterable<String> {
    @Override
    public RepoType convert(String text) {
        for (RepoType type : RepoType.values()) {
            if (type.word().equalsIgnoreCase(text)) return type;
        }
        throw new TypeConversionException("'" + text + "' is none of " + String.join(", ", this));
    }

    @Override
    public Iterator<String> iterator() {
        return Stream.of(RepoType.values()).map(RepoType::word).iterator();
    }
}
