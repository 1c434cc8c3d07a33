package dev.hubswarm.hubstub;

import io.netty.handler.codec.http.QueryStringDecoder;
import org.jspecify.annotations.Nullable;

/** The second host: bytes of LFS and Xet files for those who bring a signed link. Thread-safe. */
final class CdnSite implements Site {
    private final Repos repos;
    private final SignedUrls signedUrls;

    CdnSite(Repos repos, SignedUrls signedUrls) {
        this.repos = repos;
        this.signedUrls = signedUrls;
    }

    @Override
    public Route route(String target) {
        return Route.CDN;
    }

    @Override
    public Answer answer(StubRequest request, String body) {
        QueryStringDecoder target = new QueryStringDecoder(request.target());
        @Nullable StubFile file = repos.onCdn(target.rawPath());
        if (file == null) return Answer.text(404, "Not Found");
        if (!signedUrls.check(target.rawPath(), target)) {
            return Answer.text(403, "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>")
                    .with("Content-Type", "text/xml");
        }
        return Answer.file(file.content(), file.cdnTag(), false)
                .with("Cache-Control", "public, max-age=31536000")
                .with("Content-Disposition", "inline");
    }
}
