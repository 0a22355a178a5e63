import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;

/**
 * Writes the results of java.util.regex for the model's patterns: a line with
 * the pattern, then for each case the text (UTF-16 code units in hex), a tab,
 * and 1 or 0; an empty line ends the pattern. In internal/api:
 *
 * PATTERNS=patterns.txt go test -run TestPatternsAsJava .
 * java testdata/Patterns.java < patterns.txt > testdata/java-patterns.txt
 */
public class Patterns {
    static final String[] PIECES = {
        "a", "Z", "7", "_", "-", "+", ".", "@", "=", "/", ",", ":", "\"", "\\", "{####}", "{##", "##}", "us-east-1_Ab9",
        "import-", "arn:aws:iam::123456789012:role/x", " ", "\t", "\n", "\r", "\u000b", "\f", "\u0085", "\u00a0", "\u2028",
        "\u2029", "\u3000", "\u00e9", "e\u0301", "\u00a9", "\u20ac", "\u200b", "\u0000", "\u007f", "\ud83d\ude00", "\u4e2d", "terms-of-use", "cognito:french",
    };

    public static void main(String[] args) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        var chance = new Random(1);
        for (String pattern; (pattern = in.readLine()) != null; ) {
            var texts = new LinkedHashSet<String>(List.of(""));
            for (String p : PIECES) {
                texts.addAll(List.of(p, p + "a", "a" + p + "b"));
            }
            for (int i = 0; i < 40; i++) {
                var text = new StringBuilder();
                for (int n = 2 + chance.nextInt(4); n > 0; n--) {
                    text.append(PIECES[chance.nextInt(PIECES.length)]);
                }
                texts.add(text.toString());
            }
            out.println(pattern);
            for (String text : texts) {
                for (char c : text.toCharArray()) {
                    out.printf("%04x", (int) c);
                }
                out.println("\t" + (text.matches(pattern) ? 1 : 0));
            }
            out.println();
        }
        out.flush();
    }
}
