package dev.hubswarm.protocol.bencode;

import java.util.Arrays;

/** Reads a value token by token and writes it again. Stateless. */
public final class BencodeCopy {
    private BencodeCopy() {}

    public static byte[] copy(byte[] in, BencodeReader.Mode mode) throws BencodeException {
        BencodeReader reader = new BencodeReader(in, mode);
        BencodeWriter writer = new BencodeWriter();
        value(reader, writer, in);
        reader.finish();
        return writer.toByteArray();
    }

    private static void value(BencodeReader reader, BencodeWriter writer, byte[] in) throws BencodeException {
        switch (reader.peek()) {
            case INTEGER -> writer.integer(reader.readInteger());
            case STRING -> writer.string(reader.readBytes());
            case LIST -> {
                reader.beginList();
                writer.beginList();
                while (reader.hasNext()) value(reader, writer, in);
                reader.endList();
                writer.endList();
            }
            case DICT -> {
                reader.beginDict();
                writer.beginDict();
                while (reader.hasNext()) {
                    reader.readKey();
                    writer.key(Arrays.copyOfRange(in, reader.start(), reader.end()));
                    value(reader, writer, in);
                }
                reader.endDict();
                writer.endDict();
            }
            // Fails, as there is no value here.
            case END -> reader.skip();
        }
    }
}
